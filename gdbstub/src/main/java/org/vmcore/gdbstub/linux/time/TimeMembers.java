package org.vmcore.gdbstub.linux.time;

import org.vmcore.gdbstub.linux.types.MemberHistory;

/**
 * What the structures of time have called what is read of them: {@code struct timekeeper} (Linux
 * include/linux/timekeeper_internal.h; before 3.8 kernel/time/timekeeping.c) and {@code struct
 * hrtimer} (include/linux/hrtimer.h). A {@code ktime_t} was a union until 4.9 (2456e8553544,
 * "ktime: Get rid of the union").
 */
public final class TimeMembers {
  private static final String NO_UNION = "2456e8553544, \"ktime: Get rid of the union\"";

  /** Seconds since 1970; a variable {@code xtime} of its own until 3.3. */
  public static final MemberHistory WALL_SECONDS =
      MemberHistory.added("3.4", "xtime.tv_sec", "")
          .since(
              "3.6",
              "xtime_sec",
              "1e75fa8be9fb, \"time: Condense timekeeper.xtime into xtime_sec\"");

  /** When the monotonic clock was 0, in ns since 1970. */
  public static final MemberHistory BOOT_TIME =
      MemberHistory.added("3.5", "offs_real.tv64", "").since("4.10", "offs_real", NO_UNION);

  /** What makes the monotonic clock of the other, negative; a variable of its own until 3.3. */
  public static final MemberHistory TO_MONOTONIC =
      MemberHistory.added("3.4", "wall_to_monotonic", "");

  static final MemberHistory SOFT_EXPIRES =
      MemberHistory.named("_softexpires.tv64").since("4.10", "_softexpires", NO_UNION);

  static final MemberHistory EXPIRES =
      MemberHistory.named("_expires.tv64")
          .since("2.6.38", "node.expires.tv64", "")
          .since("4.10", "node.expires", NO_UNION);

  /** Of a clock. */
  static final MemberHistory OFFSET =
      MemberHistory.named("offset.tv64").since("4.10", "offset", NO_UNION);

  /**
   * The function that reads a clock; gone since 6.18 (009eb5da29a9, "hrtimer: Remove
   * hrtimer_clock_base:: Get_time").
   */
  static final MemberHistory CLOCK = MemberHistory.named("get_time");

  private TimeMembers() {}
}
