package org.vmcore.gdbstub.inspect.locks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.tasks.NamedTask;

/** The tasks that wait, by what they wait for. */
public final class LockWaiters {
  private final Map<Long, List<NamedTask>> byAddress = new HashMap<>();

  private LockWaiters() {}

  /** All that sleep. */
  public static LockWaiters of(Call call) throws MissingFactException {
    LockWaiters waiters = new LockWaiters();
    for (Waiting one : Waits.ofAll().answer(call).waits()) {
      NamedTask task = new NamedTask(one.pid(), one.task(), OptionalInt.empty(), one.comm());
      waiters.add(one.task(), task);
      if (one.lock().isPresent()) {
        waiters.add(one.lock().getAsLong(), task);
      }
    }
    return waiters;
  }

  private void add(long address, NamedTask task) {
    byAddress.computeIfAbsent(address, at -> new ArrayList<>()).add(task);
  }

  /**
   * Those that wait for what is at an address, or the one that is there.
   *
   * @param address of a lock, completion, page or word as {@code waits} tells it, or of a task
   */
  public List<NamedTask> on(long address) {
    return byAddress.getOrDefault(address, List.of());
  }
}
