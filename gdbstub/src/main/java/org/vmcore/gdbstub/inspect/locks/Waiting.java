package org.vmcore.gdbstub.inspect.locks;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.linux.locks.WaitKind;
import org.vmcore.gdbstub.linux.tasks.TaskState;

/**
 * A task that waits.
 *
 * @param lock address of what it waits for; of a work its {@code work_struct}
 * @param what that is: the name of the lock, of what the lock is in, or of the work's function
 * @param owner who has it, or does the work
 * @param how the function that waits, and {@code where} what called it
 * @param milliseconds since it was last given a CPU
 */
record Waiting(
    int pid,
    @Hex long task,
    String comm,
    TaskState state,
    WaitKind kind,
    @Hex OptionalLong lock,
    Optional<String> what,
    Optional<Owner> owner,
    String how,
    String where,
    OptionalLong milliseconds) {

  /**
   * A task that others wait for.
   *
   * @param reader whether it was the last of several that read, and perhaps is none any more
   */
  record Owner(int pid, @Hex long task, String comm, boolean reader) {}
}
