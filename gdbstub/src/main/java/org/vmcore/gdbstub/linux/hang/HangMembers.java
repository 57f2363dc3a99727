package org.vmcore.gdbstub.linux.hang;

import org.vmcore.gdbstub.linux.types.MemberHistory;

/**
 * What the structures of workqueues (Linux kernel/workqueue.c, kernel/workqueue_internal.h) and of
 * calls of other CPUs (include/linux/smp_types.h, kernel/smp.c) have called what is read of them.
 */
final class HangMembers {
  /** When a pool last took up a work or got its first, in jiffies. */
  static final MemberHistory PROGRESS =
      MemberHistory.added(
              "4.5", "watchdog_ts", "82607adcf9cd, \"workqueue: implement lockup detector\"")
          .since("7.1", "last_progress_ts", "");

  /** The works of a queue that has as many at work as it may. */
  static final MemberHistory HELD_BACK =
      MemberHistory.named("delayed_works")
          .since(
              "5.15",
              "inactive_works",
              "f97a4a1a3f87, \"workqueue: Rename \"delayed\" (delayed by active management) to"
                  + " \"inactive\"\"");

  /** When a worker began with its work, in jiffies; not kept before. */
  static final MemberHistory STARTED = MemberHistory.added("7.1", "current_start", "");

  /** The entry of a call in a CPU's queue. */
  static final MemberHistory CALL_ENTRY =
      MemberHistory.added("3.10", "llist", "")
          .since(
              "5.8", "node.llist", "4b44a21dd640, \"irq_work, smp: Allow irq_work on the queue\"");

  static final MemberHistory CALL_FLAGS =
      MemberHistory.named("flags")
          .since(
              "5.8",
              "node.u_flags",
              "4b44a21dd640, \"irq_work, smp: Allow irq_work on the queue\"");

  /** Of what a CPU calls others by: one call for each of them, alone in a structure for a time. */
  static final MemberHistory CALLS = MemberHistory.named("csd").since("5.13", "pcpu", "");

  private HangMembers() {}
}
