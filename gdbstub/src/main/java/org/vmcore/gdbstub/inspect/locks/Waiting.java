package org.vmcore.gdbstub.inspect.locks;

import java.util.List;
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
 * @param holders all who have it, with where they took it, of kernels that keep that (lockdep)
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
    List<Holder> holders,
    String how,
    String where,
    OptionalLong milliseconds) {

  /**
   * A task that others wait for.
   *
   * @param reader whether it was the last of several that read, and perhaps is none any more
   */
  record Owner(int pid, @Hex long task, String comm, boolean reader) {}

  /**
   * A task that has it for certain.
   *
   * @param read whether for reading, together with others
   * @param acquired the function that took it, and how far into it
   */
  record Holder(int pid, @Hex long task, String comm, boolean read, String acquired) {}

  /** Where the owner took it. */
  Optional<String> acquired() {
    return holders.stream()
        .filter(holder -> owner.isPresent() && owner.get().task() == holder.task())
        .map(Holder::acquired)
        .findFirst();
  }
}
