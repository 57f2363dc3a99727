package org.vmcore.gdbstub.inspect.locks;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;
import org.vmcore.gdbstub.inspect.view.Hex;

/**
 * A spinlock that CPUs wait for.
 *
 * @param lock its address; none where registers and stacks do not tell
 * @param what that is
 * @param value of its word
 * @param lastCpu the last of its queue, where there is one
 * @param spinning those that wait
 * @param owner who has it, where that can be told
 */
record SpinLock(
    @Hex OptionalLong lock,
    Optional<String> what,
    @Hex OptionalLong value,
    OptionalInt lastCpu,
    List<Spinning> spinning,
    Optional<Owner> owner) {

  /**
   * A CPU that waits.
   *
   * @param where the function that wants the lock
   * @param behind the CPU that comes behind it in the queue
   */
  record Spinning(int cpu, Optional<NamedTask> task, String where, OptionalInt behind) {}

  /**
   * Who has it.
   *
   * @param certain whether the kernel keeps it; else the code of a function on its stack has named
   *     the lock before, and not again
   * @param where that function; empty where the kernel keeps the owner
   */
  record Owner(
      OptionalInt cpu, Optional<NamedTask> task, boolean certain, Optional<String> where) {}
}
