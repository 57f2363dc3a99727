package org.vmcore.gdbstub.machine;

import java.util.OptionalInt;

/**
 * Whether the machine crashed, on which CPU, and who says so.
 *
 * @param cpu that brought it down; empty where it did not crash or nothing tells
 * @param reason as a user would say it
 */
public record CrashVerdict(Outcome outcome, OptionalInt cpu, String reason) {
  /** What can be said. */
  public enum Outcome {
    CRASHED,
    /** It was only stopped, to be looked at. */
    NOT_CRASHED,
    UNKNOWN
  }

  static CrashVerdict on(int cpu, String reason) {
    return new CrashVerdict(Outcome.CRASHED, OptionalInt.of(cpu), reason);
  }

  static CrashVerdict without(Outcome outcome, String reason) {
    return new CrashVerdict(outcome, OptionalInt.empty(), reason);
  }

  /** Whether a CPU is the one that brought the machine down. */
  boolean isOn(int number) {
    return cpu.equals(OptionalInt.of(number));
  }
}
