package org.vmcore.gdbstub.linux.tasks;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.gdbstub.Kept;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.MadeTypes;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/**
 * All tasks of the machine, read once and when first asked for. Safe for use by several threads.
 *
 * <p>Processes are in the list that starts at {@code init_task.tasks}; see {@link TaskMembers} for
 * what has changed.
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
  private final boolean isShaped;
  private final Walking walking = new Walking();
  private final Kept<Task> walked = new Kept<>(walking);
  private final Lazy<Map<Long, Long>, RuntimeException> heldBack = Lazy.of(this::countHeldBack);

  /** Nothing is read yet. */
  public Tasks(TypedMemory typed) {
    this.typed = typed;
    this.current = new CurrentTasks(typed);
    this.states = TaskStates.of(typed);
    this.isShaped = typed.types().kernel() instanceof MadeTypes;
  }

  /** Goes from process to process, and from thread to thread of each. */
  private final class Walking implements Iterator<Task> {
    private final List<String> problems = new ArrayList<>();
    private final Set<Long> seen = new HashSet<>();
    private final Deque<Task> next = new ArrayDeque<>();
    private @Nullable Walk processes;
    private @Nullable Iterator<KernelObject> leaders;

    @Override
    public boolean hasNext() {
      Iterator<KernelObject> left = leaders == null ? begin() : leaders;
      while (next.isEmpty() && left.hasNext()) {
        KernelObject leader = left.next();
        add(leader);
        threads(leader, problems).forEach(this::add);
      }
      if (next.isEmpty() && processes != null) {
        processes.problem().ifPresent(problems::add);
        processes = null;
      }
      return !next.isEmpty();
    }

    private Iterator<KernelObject> begin() {
      Iterator<KernelObject> all = Collections.emptyIterator();
      try {
        KernelObject init = typed.variable("init_task", TASK);
        Walk walk = init.member("tasks").list(TASK, "tasks");
        processes = walk;
        all = walk.iterator();
      } catch (KernelReadException e) {
        problems.add(String.valueOf(e.getMessage()));
      }
      leaders = all;
      return all;
    }

    private void add(KernelObject object) {
      if (seen.add(object.address())) {
        try {
          next.add(task(object, problems));
        } catch (KernelReadException e) {
          seen.remove(object.address());
          problems.add(String.valueOf(e.getMessage()));
        }
      }
    }

    @Override
    public Task next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return next.remove();
    }
  }

  /** The threads of a process; none where their list cannot be read. */
  private List<KernelObject> threads(KernelObject leader, List<String> problems) {
    List<KernelObject> threads = new ArrayList<>();
    if (isShaped && !TaskMembers.THREADS.isIn(leader)) {
      return threads;
    }
    try {
      String member =
          TaskMembers.THREADS.path(typed.types(), TASK).orElse(TaskMembers.THREADS.toString());
      Walk walk =
          member.equals("thread_node")
              ? leader.member("signal->thread_head").list(TASK, member)
              : leader.member(member).list(TASK, member);
      walk.problem().ifPresent(problems::add);
      for (KernelObject thread : walk) {
        // Told by shape, the ring may lead through a head that is no task.
        if (!isShaped || isOf(thread, leader)) {
          threads.add(thread);
        }
      }
    } catch (KernelReadException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
    return threads;
  }

  private static boolean isOf(KernelObject thread, KernelObject leader) {
    try {
      return thread.value("tgid") == leader.value("tgid") && thread.value("pid") > 0;
    } catch (KernelReadException e) {
      // What is no task is not of the process.
      return false;
    }
  }

  /**
   * @param problems told what of it is not known; without its number and name there is no task
   */
  private Task task(KernelObject task, Collection<String> problems) throws KernelReadException {
    long mm = valueOr(task, "mm", 0);
    long flags = valueOr(task, "flags", mm == 0 ? KERNEL_THREAD : 0);
    return new Task(
        task.address(),
        (int) task.value("pid"),
        (int) task.value("tgid"),
        parent(task, problems),
        task.string("comm"),
        state(task),
        cpu(task, problems),
        mm,
        valueOr(task, "stack", 0),
        (flags & KERNEL_THREAD) != 0);
  }

  /** What types that were told by shape may lack. */
  private long valueOr(KernelObject task, String member, long otherwise)
      throws KernelReadException {
    return isShaped && !task.has(member) ? otherwise : task.value(member);
  }

  private TaskState state(KernelObject task) throws KernelReadException {
    return isShaped && !TaskMembers.STATE.isIn(task)
        ? TaskState.UNKNOWN
        : states.of(TaskMembers.STATE.in(task).value(), valueOr(task, "exit_state", 0));
  }

  /** Of the idle tasks, which PID 1 makes before it is a process, none is told. */
  private int parent(KernelObject task, Collection<String> problems) {
    try {
      return task.value("pid") == 0 ? 0 : (int) task.value("real_parent->tgid");
    } catch (KernelReadException e) {
      if (!isShaped) {
        problems.add("a parent: " + e.getMessage());
      }
      return 0;
    }
  }

  /** A kernel without SMP does not say; there is one only. */
  private OptionalInt cpu(KernelObject task, Collection<String> problems) {
    try {
      if (TaskMembers.CPU.isIn(task)) {
        return OptionalInt.of((int) TaskMembers.CPU.in(task).value());
      }
      if (isShaped && !typed.types().has("struct thread_info", "cpu")) {
        return OptionalInt.empty();
      }
      KernelObject info = typed.object("struct thread_info", task.value("stack"));
      return OptionalInt.of(info.has("cpu") ? (int) info.value("cpu") : 0);
    } catch (KernelReadException e) {
      problems.add("the CPU of a task: " + e.getMessage());
      return OptionalInt.empty();
    }
  }

  /**
   * Processes in the order of their making, each followed by its other threads; without the idle
   * tasks.
   */
  public List<Task> all() {
    return walked.all();
  }

  /** The same, each when it is asked for: of many the first is there at once. */
  public Stream<Task> each() {
    return walked.stream();
  }

  /** How the tasks were told, where that is not by the kernel's types. */
  public Optional<String> remark() {
    if (!isShaped) {
      return Optional.empty();
    }
    String threads =
        typed.types().has(TASK, "thread_group")
            ? ""
            : ", and of each process the first thread alone, unless none has another";
    return Optional.of(
        "told by the shape of the tasks, as no types of this kernel are known: without sizes%s;"
                .formatted(threads)
            + " --vmlinux FILE with debug info tells the rest");
  }

  /** What could not be read, one sentence each; what was found before counts all the same. */
  public List<String> problems() {
    List<Task> unused = walked.all();
    return List.copyOf(walking.problems);
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
    return walked.stream()
        .filter(task -> task.cpu().orElse(-1) == cpu && isMarked(task))
        .findFirst()
        .or(() -> idle);
  }

  private boolean isMarked(Task task) {
    try {
      return typed.object(TASK, task.address()).value("on_cpu") != 0;
    } catch (KernelReadException e) {
      // Without the mark it did not run, as far as anybody can tell.
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
      Task task = task(typed.object(TASK, address), new ArrayList<>());
      return task.pid() >= 0 && task.pid() < MAX_PID ? Optional.of(task) : Optional.empty();
    } catch (KernelReadException e) {
      // What is not in the dump is no task: whoever asks has only a number.
      return Optional.empty();
    }
  }

  /** The thread of a number; idle tasks are not found by theirs, which all have. */
  public Optional<Task> pid(int pid) {
    return walked.stream().filter(task -> task.pid() == pid).findFirst();
  }

  /** The threads with a name. */
  public List<Task> named(String comm) {
    return walked.stream().filter(task -> task.comm().equals(comm)).toList();
  }

  /** The memory of a task's process; empty for a thread of the kernel. */
  public Optional<AddressSpace> addressSpace(Task task) throws KernelReadException {
    return task.mm() == 0 ? Optional.empty() : Optional.of(addressSpace(task.mm()));
  }

  /**
   * The same by the address of its {@code struct mm_struct}.
   *
   * @throws KernelReadException when there is none
   */
  public AddressSpace addressSpace(long mm) throws KernelReadException {
    return new AddressSpace(typed, mm, heldBack.get().getOrDefault(mm, 0L));
  }

  /**
   * What threads counted of their memory and had not added to it yet, in pages by {@code
   * mm_struct}: {@code task_struct.rss_stat} of kernels 2.6.34 to 6.1 (SPLIT_RSS_COUNTING, gone
   * with f1a7941243c1, "mm: convert mm's rss stats into percpu_counter").
   */
  private Map<Long, Long> countHeldBack() {
    Map<Long, Long> counts = new HashMap<>();
    if (typed.types().has(TASK, "rss_stat.count")) {
      for (Task task : all()) {
        counts.merge(task.mm(), heldBack(task), Long::sum);
      }
    }
    return counts;
  }

  private long heldBack(Task task) {
    try {
      KernelObject counts = object(task).member("rss_stat.count");
      long pages = 0;
      for (int kind : AddressSpace.RESIDENT) {
        pages += kind < counts.length() ? counts.element(kind).value() : 0;
      }
      return pages;
    } catch (KernelReadException e) {
      // A task that cannot be read is among the problems of the list already.
      return 0;
    }
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
