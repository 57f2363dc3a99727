package org.vmcore.gdbstub.linux.locks;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * The work that a task waits for: it has queued a barrier behind it, which lies on its stack
 * ({@code struct wq_barrier}, Linux kernel/workqueue.c). If the work is being done, the barrier is
 * on the list of the worker; else it is behind the work in the queue.
 *
 * @param work its {@code struct work_struct}, and {@code function} what it does
 * @param worker address of the task that does it; empty where it waits itself
 */
record FlushedWork(long work, long function, OptionalLong worker) {
  private static final int MAX_WORKS = 1 << 12;

  /**
   * @param completion that the task waits for
   * @return empty where that is not one of a barrier
   */
  static Optional<FlushedWork> of(TypedMemory memory, long task, long completion) {
    try {
      KernelObject barrier =
          memory.object("struct completion", completion).containerOf("struct wq_barrier", "done");
      if (!barrier.has("task") || barrier.value("task") != task) {
        return Optional.empty();
      }
      KernelObject entry = barrier.member("work.entry");
      long at = entry.value("next");
      for (int i = 0; i < MAX_WORKS && at != entry.address(); i++) {
        KernelObject node = memory.object("struct list_head", at);
        Optional<FlushedWork> found =
            ofWorker(node.containerOf("struct worker", "scheduled"), node);
        if (found.isPresent()) {
          return found;
        }
        at = node.value("next");
      }
      KernelObject before =
          memory
              .object("struct list_head", entry.value("prev"))
              .containerOf("struct work_struct", "entry");
      return Optional.of(
          new FlushedWork(before.address(), before.value("func"), OptionalLong.empty()));
    } catch (KernelReadException e) {
      // The wait is told all the same, as one for a completion.
      return Optional.empty();
    }
  }

  /** A worker is one whose task says that it works for it. */
  private static Optional<FlushedWork> ofWorker(KernelObject worker, KernelObject scheduled) {
    try {
      long work = worker.value("current_work");
      long task = worker.value("task");
      boolean real =
          work != 0
              && task != 0
              && worker.member("task").dereference().string("comm").startsWith("kworker/")
              && worker.member("scheduled").address() == scheduled.address();
      return real
          ? Optional.of(new FlushedWork(work, worker.value("current_func"), OptionalLong.of(task)))
          : Optional.empty();
    } catch (KernelReadException e) {
      // Most that is tried here is no worker.
      return Optional.empty();
    }
  }
}
