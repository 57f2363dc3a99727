package org.vmcore.gdbstub.linux.sched;

import org.vmcore.gdbstub.linux.types.MemberHistory;

/**
 * What {@code struct rq} and what is in it (Linux kernel/sched/sched.h; kernel/sched.c before 3.3)
 * have called what is read of it. {@code curr}, {@code idle}, {@code clock}, {@code cfs}, {@code
 * rt.active.queue} and of a {@code struct sched_entity} (include/linux/sched.h) {@code run_node}
 * and {@code my_q}, of a {@code struct sched_rt_entity} {@code run_list} and {@code my_q}, are as
 * in 2.6.32; groups are there with CONFIG_FAIR_GROUP_SCHED and CONFIG_RT_GROUP_SCHED alone.
 */
final class QueueMembers {
  /** The tree of tasks that wait, of a {@code struct cfs_rq}. */
  static final MemberHistory FAIR_TREE =
      MemberHistory.named("tasks_timeline")
          .since(
              "4.14",
              "tasks_timeline.rb_root",
              "bfb068892d30, \"sched/fair: replace cfs_rq->rb_leftmost\"");

  /**
   * The same of a {@code struct dl_rq}, which had its first node apart from the same version on.
   */
  static final MemberHistory DEADLINE_TREE =
      MemberHistory.added(
              "3.14",
              "rb_root",
              "aab03e05e8f7, \"sched/deadline: Add SCHED_DEADLINE structures & implementation\"")
          .since("4.14", "root.rb_root", "");

  private QueueMembers() {}
}
