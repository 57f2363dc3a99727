package org.vmcore.gdbstub.linux.tasks;

import org.vmcore.gdbstub.linux.types.MemberHistory;

/**
 * What {@code struct task_struct} (Linux include/linux/sched.h) and {@code struct mm_struct}
 * (include/linux/mm_types.h) have called what is read of them. Members without an entry, such as
 * {@code pid}, {@code tgid}, {@code comm}, {@code flags}, {@code exit_state}, {@code mm}, {@code
 * tasks}, {@code stack}, {@code real_parent}, are as in 2.6.32.
 */
final class TaskMembers {
  /** An {@code unsigned int} in the newer form. */
  static final MemberHistory STATE =
      MemberHistory.named("state")
          .since("5.14", "__state", "2f064a59a11f, \"sched: Change task_struct::state\"");

  /**
   * In the task itself. Where there is none of these, it is in the {@code struct thread_info} at
   * the start of the stack, as until 4.8 on all architectures; a kernel without SMP has none at
   * all.
   */
  static final MemberHistory CPU =
      MemberHistory.added(
              "4.9",
              "cpu",
              "c65eacbe290b, \"sched/core: Allow putting thread_info into task_struct\"")
          .since(
              "5.16",
              "thread_info.cpu",
              "bcf9033e5449, \"sched: move CPU field back into thread_info if"
                  + " THREAD_INFO_IN_TASK=y\"");

  /**
   * The member by which a process' threads hang together: a ring of them, gone since 6.7
   * (8e1f385104ac, "kill task_struct->thread_group"), or entries of {@code signal->thread_head}.
   */
  static final MemberHistory THREADS =
      MemberHistory.named("thread_group")
          .since(
              "3.14",
              "thread_node",
              "0c740d0afc3b, \"introduce for_each_thread() to replace the buggy"
                  + " while_each_thread()\"");

  /** The first of a list of regions, or a tree of them. */
  static final MemberHistory REGIONS =
      MemberHistory.named("mmap")
          .since("6.1", "mm_mt", "d4af56c5c7c6, \"mm: start tracking VMAs with maple tree\"");

  /** Resident pages by kind; two members of their own until 2.6.33. */
  static final MemberHistory RESIDENT =
      MemberHistory.added("2.6.34", "rss_stat.count", "d559db086ff5, \"mm: clean up mm_counter\"")
          .since(
              "6.2",
              "rss_stat",
              "f1a7941243c1, \"mm: convert mm's rss stats into percpu_counter\"");

  private TaskMembers() {}
}
