package org.vmcore.gdbstub.linux.tasks;

import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * Who a process is to others. A user that cannot be read is nobody, not root; a leader that cannot,
 * is 0.
 *
 * @param uid of its user, as the initial user namespace has it
 * @param gid of its group
 * @param group PID of the leader of its process group
 * @param session PID of the leader of its session
 * @param nice -20 to 19
 */
public record Identity(long uid, long gid, int group, int session, int nice) {
  /** {@code DEFAULT_OVERFLOWUID}, of users that cannot be named (include/linux/highuid.h). */
  private static final long NOBODY = 65534;

  /** A nice value of 0 is this static priority (include/linux/sched/prio.h). */
  private static final int DEFAULT_PRIORITY = 120;

  /** PIDTYPE_PGID and PIDTYPE_SID of the array in {@code signal_struct}. */
  private static final int GROUP_OF_SIGNAL = 2;

  /** The same in {@code task_struct}, before PIDTYPE_TGID came between. */
  private static final int GROUP_OF_TASK = 1;

  /**
   * @param task a {@code struct task_struct}
   */
  public static Identity of(KernelObject task) {
    return new Identity(
        id(task, "uid"),
        id(task, "gid"),
        leader(task, 0),
        leader(task, 1),
        (int) number(task, "static_prio", DEFAULT_PRIORITY) - DEFAULT_PRIORITY);
  }

  /** {@code kuid_t} since 3.5, and in {@code task_struct} itself before 2.6.29. */
  private static long id(KernelObject task, String name) {
    try {
      if (!task.has("real_cred")) {
        return task.value(name) & 0xffff_ffffL;
      }
      KernelObject id = task.member("real_cred->" + name);
      return (id.has("val") ? id.value("val") : id.value()) & 0xffff_ffffL;
    } catch (KernelReadException e) {
      // Numbers of a note of a core, which has no room for a reason; see the Javadoc.
      return NOBODY;
    }
  }

  /**
   * In {@code signal_struct} since Linux 4.19 (commit 2c4704756cab, "pids: Move the pgrp and
   * session pid pointers from task_struct to signal_struct").
   */
  private static int leader(KernelObject task, int kind) {
    try {
      KernelObject pid =
          task.has("pids")
              ? task.member("pids").element(GROUP_OF_TASK + kind).member("pid")
              : task.member("signal->pids").element(GROUP_OF_SIGNAL + kind);
      return (int) pid.dereference().member("numbers").element(0).value("nr");
    } catch (KernelReadException e) {
      return 0;
    }
  }

  private static long number(KernelObject task, String member, long otherwise) {
    try {
      return task.value(member);
    } catch (KernelReadException e) {
      return otherwise;
    }
  }
}
