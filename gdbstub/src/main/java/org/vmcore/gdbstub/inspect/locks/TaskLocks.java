package org.vmcore.gdbstub.inspect.locks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.linux.locks.HeldLocks;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.Reasons;

/**
 * A task with all locks that it has taken, as lockdep keeps them and sysrq-d shows them.
 *
 * @param locks the first taken first
 */
record TaskLocks(int pid, @Hex long task, String comm, List<Taken> locks) {
  /**
   * A lock.
   *
   * @param map address of its {@code struct lockdep_map}, which is in the lock
   * @param name of its class
   * @param read whether for reading
   * @param acquired the function that took it, and how far into it
   * @param awaited whether the task waits for it still
   */
  record Taken(@Hex long map, String name, boolean read, String acquired, boolean awaited) {}

  /** Those of tasks that have any. */
  static List<TaskLocks> of(Call call, List<Waiting> waits) throws MissingFactException {
    Reasons reasons = new Reasons();
    List<Task> tasks = call.machine().tasks().list().all();
    HeldLocks held =
        HeldLocks.read(call.typed(), tasks.stream().map(Task::address).toList(), reasons);
    if (!held.areKept()) {
      reasons.add("this kernel does not keep what tasks hold (CONFIG_LOCKDEP)");
    } else if (!held.areCurrent()) {
      reasons.add(
          "lockdep had turned itself off (debug_locks is 0): what tasks hold is as it was then");
    }
    call.notes().incomplete(reasons);
    SymbolNames symbols = call.symbols();
    Map<Long, Long> awaited = new HashMap<>();
    for (Waiting one : waits) {
      if (one.lock().isPresent() && HeldLocks.knows(one.kind())) {
        held.awaited(one.task(), one.lock().getAsLong())
            .ifPresent(lock -> awaited.put(one.task(), lock.map()));
      }
    }
    List<TaskLocks> all = new ArrayList<>();
    for (Task task : tasks) {
      List<Taken> taken =
          held.of(task.address()).stream()
              .map(
                  lock ->
                      new Taken(
                          lock.map(),
                          lock.name(),
                          lock.read(),
                          Holders.place(symbols, lock.acquiredAt()),
                          awaited.getOrDefault(task.address(), 0L) == lock.map()))
              .toList();
      if (!taken.isEmpty()) {
        all.add(new TaskLocks(task.pid(), task.address(), task.comm(), taken));
      }
    }
    return all;
  }
}
