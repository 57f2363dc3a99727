package org.vmcore.gdbstub.linux.locks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelTypes;

/**
 * A structure that a task puts on its stack and into the list of a lock, to be woken.
 *
 * @param list offset of its {@code struct list_head}
 * @param task offset of the pointer to the task
 * @param function offset of the pointer to the function that wakes it, where it has one
 * @param head offset of the list's head in the lock
 * @param isRing whether there lies a pointer to the first waiter instead, and the waiters' list has
 *     no head
 */
record WaiterShape(
    WaitKind kind, long list, long task, OptionalLong function, long head, boolean isRing) {
  /** What mutexes, rwsems and semaphores have of 7.x instead of a list's head. */
  private static final String FIRST = "first_waiter";

  /** Those that a kernel has; of a kernel whose types lack one, what it waits for is not told. */
  static List<WaiterShape> of(KernelTypes types) {
    List<WaiterShape> shapes = new ArrayList<>();
    add(shapes, types, WaitKind.MUTEX, "mutex_waiter", "list", "task", "mutex", "wait_list");
    add(shapes, types, WaitKind.RWSEM, "rwsem_waiter", "list", "task", "rw_semaphore", "wait_list");
    add(
        shapes,
        types,
        WaitKind.SEMAPHORE,
        "semaphore_waiter",
        "list",
        "task",
        "semaphore",
        "wait_list");
    add(
        shapes,
        types,
        WaitKind.COMPLETION,
        "swait_queue",
        "task_list",
        "task",
        "swait_queue_head",
        "task_list");
    add(
        shapes,
        types,
        WaitKind.FUTEX,
        "futex_q",
        "list.node_list",
        "task",
        "futex_hash_bucket",
        "chain.node_list");
    String list =
        LockMembers.QUEUE_ENTRY.path(types, "struct wait_queue_entry").orElse("task_list");
    add(
        shapes,
        types,
        WaitKind.QUEUE,
        "wait_queue_entry",
        list,
        "private",
        "wait_queue_head",
        list.equals("entry") ? "head" : list);
    // Their names until 4.13 (commit ac6424b981bc, "sched/wait: Rename wait_queue_t").
    add(
        shapes,
        types,
        WaitKind.QUEUE,
        "__wait_queue",
        "task_list",
        "private",
        "__wait_queue_head",
        "task_list");
    return shapes;
  }

  private static void add(
      List<WaiterShape> shapes,
      KernelTypes types,
      WaitKind kind,
      String waiter,
      String list,
      String task,
      String lock,
      String head) {
    Optional<Compound> type = types.compound("struct " + waiter);
    OptionalLong listAt = offset(type, list);
    OptionalLong taskAt = offset(type, task);
    Optional<Compound> locked = types.compound("struct " + lock);
    OptionalLong first = offset(locked, FIRST);
    OptionalLong headAt = first.isPresent() ? first : offset(locked, head);
    if (listAt.isPresent() && taskAt.isPresent() && headAt.isPresent()) {
      shapes.add(
          new WaiterShape(
              kind,
              listAt.getAsLong(),
              taskAt.getAsLong(),
              kind == WaitKind.QUEUE ? offset(type, "func") : OptionalLong.empty(),
              headAt.getAsLong(),
              first.isPresent()));
    }
  }

  private static OptionalLong offset(Optional<Compound> type, String member) {
    return type.map(known -> known.offsetOf(member)).orElse(OptionalLong.empty());
  }
}
