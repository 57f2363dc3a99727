package org.vmcore.gdbstub.linux.tasks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/**
 * All tasks of the machine, read once and when first asked for. Safe for use by several threads.
 *
 * <p>Processes are in the list that starts at {@code init_task.tasks}; a process' threads are in
 * that of its {@code signal->thread_head} since Linux 3.14 (commit 0c740d0afc3b, "introduce
 * for_each_thread() to replace the buggy while_each_thread()"), and were in {@code thread_group} of
 * each of them until 6.7 (commit 8e1f385104ac, "kill task_struct->thread_group").
 */
public final class Tasks {
  private static final String TASK = "struct task_struct";

  /** PF_KTHREAD, in the same place since it exists, Linux 2.6.27. */
  private static final long KERNEL_THREAD = 0x00200000;

  /** PID_MAX_LIMIT of 64-bit kernels (Linux include/linux/threads.h). */
  private static final int MAX_PID = 1 << 22;

  private final TypedMemory typed;
  private final CurrentTasks current;
  private final TaskStates states;
  private @Nullable Found found;

  /**
   * What the walk found.
   *
   * @param byAddress the same tasks
   */
  private record Found(List<Task> all, Map<Long, Task> byAddress, List<String> problems) {
    static Found nothing() {
      return new Found(new ArrayList<>(), new HashMap<>(), new ArrayList<>());
    }
  }

  /** Nothing is read yet. */
  public Tasks(TypedMemory typed) {
    this.typed = typed;
    this.current = new CurrentTasks(typed);
    this.states = TaskStates.of(typed);
  }

  private synchronized Found found() {
    if (found == null) {
      Found walked = Found.nothing();
      try {
        walk(walked);
      } catch (KernelReadException e) {
        walked.problems().add(String.valueOf(e.getMessage()));
      }
      found = walked;
    }
    return found;
  }

  private void walk(Found into) throws KernelReadException {
    KernelObject init = typed.variable("init_task", TASK);
    Walk processes = init.member("tasks").list(TASK, "tasks");
    processes.problem().ifPresent(into.problems()::add);
    for (KernelObject leader : processes) {
      add(leader, into);
      for (KernelObject thread : threads(leader, into.problems())) {
        add(thread, into);
      }
    }
  }

  private void add(KernelObject object, Found into) {
    if (into.byAddress().containsKey(object.address())) {
      return;
    }
    try {
      Task task = task(object);
      into.all().add(task);
      into.byAddress().put(task.address(), task);
    } catch (KernelReadException e) {
      into.problems().add(String.valueOf(e.getMessage()));
    }
  }

  /** The threads of a process; none where their list cannot be read. */
  private List<KernelObject> threads(KernelObject leader, List<String> problems) {
    List<KernelObject> threads = new ArrayList<>();
    try {
      Walk walk =
          leader.has("thread_node")
              ? leader.member("signal->thread_head").list(TASK, "thread_node")
              : leader.member("thread_group").list(TASK, "thread_group");
      walk.problem().ifPresent(problems::add);
      walk.forEach(threads::add);
    } catch (KernelReadException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
    return threads;
  }

  private Task task(KernelObject task) throws KernelReadException {
    long mm = task.value("mm");
    long flags = task.value("flags");
    return new Task(
        task.address(),
        (int) task.value("pid"),
        (int) task.value("tgid"),
        parent(task),
        task.string("comm"),
        states.of(state(task), task.value("exit_state")),
        cpu(task),
        mm,
        task.firstOf("stack", "thread_info").value(),
        (flags & KERNEL_THREAD) != 0);
  }

  /**
   * Renamed in Linux 5.14 (commit 2f064a59a11f, "sched: Change task_struct::state"), and an {@code
   * unsigned int} since; before, -1 told a thread that was being made.
   */
  private static long state(KernelObject task) throws KernelReadException {
    return task.firstOf("__state", "state").value();
  }

  private static int parent(KernelObject task) {
    try {
      return (int) task.value("real_parent->tgid");
    } catch (KernelReadException e) {
      return 0;
    }
  }

  /**
   * In {@code thread_info}, which is part of the task or at the start of its stack, or between
   * Linux 4.9 and 5.17 in the task itself (commit bcf9033e5449, "sched: move CPU field back into
   * thread_info if THREAD_INFO_IN_TASK=y"). A kernel without SMP has none.
   */
  private OptionalInt cpu(KernelObject task) {
    try {
      if (task.has("thread_info.cpu") || task.has("cpu")) {
        return OptionalInt.of((int) task.firstOf("thread_info.cpu", "cpu").value());
      }
      long stack = task.firstOf("stack", "thread_info").value();
      KernelObject info = typed.object("struct thread_info", stack);
      return OptionalInt.of(info.has("cpu") ? (int) info.value("cpu") : 0);
    } catch (KernelReadException e) {
      return OptionalInt.empty();
    }
  }

  /**
   * Processes in the order of their making, each followed by its other threads; without the idle
   * tasks.
   */
  public List<Task> all() {
    return List.copyOf(found().all());
  }

  /** What could not be read, one sentence each; what was found before counts all the same. */
  public List<String> problems() {
    return List.copyOf(found().problems());
  }

  /** The task that a CPU ran; the idle task too. */
  public Optional<Task> current(int cpu) {
    OptionalLong address = current.of(cpu);
    if (address.isPresent()) {
      Optional<Task> task = at(address.getAsLong());
      if (task.isPresent()) {
        return task;
      }
    }
    return onCpu(cpu);
  }

  /**
   * By the mark that the scheduler leaves in a task ({@code on_cpu}, since Linux 3.0 with SMP), for
   * architectures that keep the current task in a register.
   */
  private Optional<Task> onCpu(int cpu) {
    if (!typed.types().has(TASK, "on_cpu")) {
      return Optional.empty();
    }
    Optional<Task> idle = idle(cpu);
    return found().all().stream()
        .filter(task -> task.cpu().orElse(-1) == cpu && isMarked(task))
        .findFirst()
        .or(() -> idle);
  }

  private boolean isMarked(Task task) {
    try {
      return typed.object(TASK, task.address()).value("on_cpu") != 0;
    } catch (KernelReadException e) {
      return false;
    }
  }

  /** The task that a CPU runs when it has nothing to do; CPU 0's is {@code init_task}. */
  public Optional<Task> idle(int cpu) {
    OptionalLong address = current.idleOf(cpu);
    if (address.isEmpty() && cpu == 0) {
      address = typed.address("init_task").map(OptionalLong::of).orElse(OptionalLong.empty());
    }
    return address.isPresent() ? at(address.getAsLong()) : Optional.empty();
  }

  /** The task whose {@code task_struct} is at an address, where what is there can be one. */
  public Optional<Task> at(long address) {
    try {
      Task task = task(typed.object(TASK, address));
      return task.pid() >= 0 && task.pid() < MAX_PID ? Optional.of(task) : Optional.empty();
    } catch (KernelReadException e) {
      return Optional.empty();
    }
  }

  /** The thread of a number; idle tasks are not found by theirs, which all have. */
  public Optional<Task> pid(int pid) {
    return found().all().stream().filter(task -> task.pid() == pid).findFirst();
  }

  /** The threads with a name. */
  public List<Task> named(String comm) {
    return found().all().stream().filter(task -> task.comm().equals(comm)).toList();
  }

  /** The memory of a task's process; empty for a thread of the kernel. */
  public Optional<AddressSpace> addressSpace(Task task) throws KernelReadException {
    return task.mm() == 0 ? Optional.empty() : Optional.of(new AddressSpace(typed, task.mm()));
  }

  /** A task as an architecture asks about it, for the registers of one that does not run. */
  public SwitchedOutTask switchedOut(Task task) throws KernelReadException {
    return new SavedTask(typed, object(task));
  }

  /** The kernel's own structure of a task. */
  public KernelObject object(Task task) throws KernelReadException {
    return typed.object(TASK, task.address());
  }
}
