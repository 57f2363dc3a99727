package org.vmcore.gdbstub.linux.locks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.MemberHistory;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/** Who waits on a {@code wait_queue_head_t} (Linux include/linux/wait.h). */
public final class WaitQueues {
  /** The list that entries are on. */
  public static final MemberHistory ENTRIES =
      MemberHistory.named("task_list")
          .since(
              "4.13",
              "head",
              "2055da97389a, \"sched/wait: Disambiguate wq_entry->task_list and"
                  + " wq_head->task_list naming\"");

  private WaitQueues() {}

  /**
   * Addresses of the {@code task_struct}s that wait, the first to be woken first; what waits
   * without being a task is left out.
   *
   * @param head address of the queue
   */
  public static Listing<Long> waiting(TypedMemory memory, long head) throws KernelReadException {
    // Renamed in 4.13: 9d9d676f595b, "sched/wait: Standardize internal naming of wait-queue heads".
    boolean old = memory.types().compound("struct wait_queue_head").isEmpty();
    String headType = old ? "struct __wait_queue_head" : "struct wait_queue_head";
    String entryType = old ? "struct __wait_queue" : "struct wait_queue_entry";
    KernelObject queue = memory.object(headType, head);
    Walk walk = ENTRIES.in(queue).list(entryType, old ? "task_list" : "entry");
    List<Long> tasks = new ArrayList<>();
    Optional<String> problem = Optional.empty();
    for (KernelObject entry : walk) {
      try {
        long task = entry.value("private");
        if (task != 0) {
          tasks.add(task);
        }
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
    return new Listing<>(tasks, problem.or(walk::problem));
  }
}
