package org.vmcore.gdbstub.linux.oops;

import java.util.Optional;

/**
 * A line that the kernel printed.
 *
 * @param text without time, level, and what a console or a syslog put before it
 * @param context {@code T} and the thread or {@code C} and the CPU that printed it, where the log
 *     tells: lines of several are mixed
 */
public record LogLine(String text, Optional<String> context) {
  /** Whether both may be of one report. */
  boolean isBeside(LogLine other) {
    return context.isEmpty() || other.context.isEmpty() || context.equals(other.context);
  }
}
