package org.vmcore.gdbstub.linux.locks;

import org.vmcore.gdbstub.linux.types.MemberHistory;

/** What the structures of locks (Linux kernel/locking) have called what is read of them. */
final class LockMembers {
  /** Of a mutex; with flags in its lowest three bits since it is a number. */
  static final MemberHistory MUTEX_OWNER =
      MemberHistory.named("owner")
          .since("4.10", "owner.counter", "3ca0ff571b09, \"locking/mutex: Rework mutex::owner\"");

  /** Of a {@code struct rw_semaphore}, where the kernel keeps it; with flags too. */
  static final MemberHistory RWSEM_OWNER =
      MemberHistory.named("owner")
          .since(
              "5.3",
              "owner.counter",
              "94a9717b3c40, \"locking/rwsem: Make rwsem->owner an atomic_long_t\"");

  /** The rtmutex that a mutex is made of with PREEMPT_RT, and before was in its patches. */
  static final MemberHistory RT_OF_MUTEX =
      MemberHistory.named("lock")
          .since("5.15", "rtmutex", "bb630f9f7a7d, \"locking/rtmutex: Add mutex variant for RT\"");

  /** The same of a {@code struct rw_semaphore}. */
  static final MemberHistory RT_OF_RWSEM =
      MemberHistory.named("rtmutex")
          .since(
              "5.15",
              "rwbase.rtmutex",
              "42254105dfe8, \"locking/rwsem: Add rtmutex based R/W semaphore implementation\"");

  /** The list that an entry of a wait queue is on. */
  static final MemberHistory QUEUE_ENTRY =
      MemberHistory.named("task_list")
          .since(
              "4.13",
              "entry",
              "2055da97389a, \"sched/wait: Disambiguate wq_entry->task_list and"
                  + " wq_head->task_list naming\"");

  /** Of a {@code struct wait_page_queue}. */
  static final MemberHistory AWAITED_PAGE =
      MemberHistory.added("4.13", "page", "").since("5.16", "folio", "");

  /** Of a {@code struct wait_bit_queue_entry}: where the bit is that is awaited. */
  static final MemberHistory AWAITED_WORD = MemberHistory.named("key.flags");

  private LockMembers() {}
}
