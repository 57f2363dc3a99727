package org.vmcore.gdbstub.inspect.locks;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
 * @param spinning those that wait, the next to get it first as far as the queue tells
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
   * @param where that function; of an owner that the kernel keeps, what took it, if it keeps that too
   */
  record Owner(
      OptionalInt cpu, Optional<NamedTask> task, boolean certain, Optional<String> where) {
    /** In words. */
    Optional<String> place() {
      return where.map(function -> (certain ? "acquired at " : "in ") + function);
    }
  }

  /**
   * Those that wait, in the order in which they will get the lock: from the last of the queue back
   * to its first, and before that the one that waits without a place in the queue.
   *
   * @param last CPU of the queue
   */
  static List<Spinning> inOrder(List<Spinning> waiting, OptionalInt last) {
    List<Spinning> rest = new ArrayList<>(waiting);
    Deque<Spinning> queue = new ArrayDeque<>();
    Optional<Spinning> at = rest.stream().filter(one -> isOn(last, one.cpu())).findFirst();
    while (at.isPresent()) {
      Spinning one = at.get();
      rest.remove(one);
      queue.addFirst(one);
      at = rest.stream().filter(other -> isOn(other.behind(), one.cpu())).findFirst();
    }
    rest.addAll(queue);
    return rest;
  }

  private static boolean isOn(OptionalInt cpu, int number) {
    return cpu.isPresent() && cpu.getAsInt() == number;
  }
}
