package org.vmcore.gdbstub.rsp;

/**
 * A thread as the protocol names it: {@code pPID.TID} in hexadecimal when the debugger speaks
 * multiprocess, else {@code TID} (GDB manual, "Packets", thread-id).
 *
 * @param process 1 or more
 * @param thread 1 or more
 */
public record ThreadId(long process, long thread) {
  public ThreadId {
    if (process < 1 || thread < 1) {
      throw new IllegalArgumentException("p%x.%x".formatted(process, thread));
    }
  }
}
