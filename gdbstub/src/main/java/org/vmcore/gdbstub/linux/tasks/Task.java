package org.vmcore.gdbstub.linux.tasks;

import java.util.OptionalInt;

/**
 * A task: a process' thread, or one of the kernel's.
 *
 * @param address of its {@code task_struct}
 * @param pid of the thread, in the initial PID namespace; 0 for the idle tasks
 * @param tgid of the process that it is a thread of
 * @param ppid {@code tgid} of its parent; 0 where it has none or that cannot be read
 * @param comm its name; any bytes, read as ISO-8859-1
 * @param cpu that it ran on last
 * @param mm address of its {@code mm_struct}, 0 for a thread of the kernel
 * @param stack lowest address of its kernel stack
 * @param kernelThread whether it never had a user half
 */
public record Task(
    long address,
    int pid,
    int tgid,
    int ppid,
    String comm,
    TaskState state,
    OptionalInt cpu,
    long mm,
    long stack,
    boolean kernelThread) {

  /** Whether it is the first thread of its process, whose PID is the process'. */
  public boolean isLeader() {
    return pid == tgid;
  }
}
