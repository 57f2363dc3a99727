package org.vmcore.gdbstub.linux.sched;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.tasks.Tasks;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/** The tasks that wait for each CPU (Linux kernel/sched/sched.h). */
public final class RunQueues {
  private static final String TASK = "struct task_struct";

  /** Of control groups within each other. */
  private static final int MAX_DEPTH = 64;

  private final Tasks tasks;
  private final Set<Long> seen = new HashSet<>();
  private Optional<String> problem = Optional.empty();

  private RunQueues(Tasks tasks) {
    this.tasks = tasks;
  }

  /**
   * A task that waits.
   *
   * @param priority {@code task_struct.prio}: below 0 for deadlines, below 100 for real time
   */
  public record Queued(int priority, Task task) {}

  /**
   * A CPU's run queue.
   *
   * @param address of its {@code struct rq}
   * @param current what it runs
   * @param realTimeArray address of the lists of {@code realTime}
   * @param fairTree address of the tree of {@code fair}
   * @param deadlineTree address of the tree of {@code deadline}; 0 before 3.14
   * @param problem why the lists are not whole, if they are not
   */
  public record RunQueue(
      int cpu,
      long address,
      Optional<Task> current,
      long realTimeArray,
      List<Queued> realTime,
      long fairTree,
      List<Queued> fair,
      long deadlineTree,
      List<Queued> deadline,
      Optional<String> problem) {
    public RunQueue {
      realTime = List.copyOf(realTime);
      fair = List.copyOf(fair);
      deadline = List.copyOf(deadline);
    }
  }

  /**
   * The run queues of some CPUs. Tasks in control groups are with those outside.
   *
   * @throws KernelReadException when the kernel's types do not tell how they are kept
   */
  public static List<RunQueue> read(TypedMemory memory, Tasks tasks, List<Integer> cpus)
      throws KernelReadException {
    PerCpu perCpu = new PerCpu(memory);
    List<RunQueue> queues = new ArrayList<>();
    for (int cpu : cpus) {
      OptionalLong address = perCpu.address("runqueues", cpu);
      if (address.isEmpty()) {
        throw new KernelReadException(
            KernelReadException.Reason.ABSENT, "the kernel has no symbol 'runqueues'");
      }
      KernelObject queue = memory.object("struct rq", address.getAsLong());
      queues.add(new RunQueues(tasks).queue(cpu, queue));
    }
    return queues;
  }

  private RunQueue queue(int cpu, KernelObject queue) throws KernelReadException {
    List<Queued> realTime = new ArrayList<>();
    addRealTime(realTime, queue.member("rt"), 0);
    realTime.sort(Comparator.comparing(Queued::priority));
    List<Queued> fair = new ArrayList<>();
    addFair(fair, queue.member("cfs"), 0);
    List<Queued> deadline = new ArrayList<>();
    long deadlineTree = 0;
    if (queue.has("dl")) {
      KernelObject root = QueueMembers.DEADLINE_TREE.in(queue.member("dl"));
      deadlineTree = root.address();
      Walk walk = root.rbTree("struct sched_dl_entity", "rb_node");
      problem = problem.or(walk::problem);
      for (KernelObject entity : walk) {
        add(deadline, entity.containerOf(TASK, "dl"));
      }
    }
    return new RunQueue(
        cpu,
        queue.address(),
        tasks.at(queue.value("curr")),
        queue.member("rt.active").address(),
        realTime,
        queue.member("cfs.tasks_timeline").address(),
        fair,
        deadlineTree,
        deadline,
        problem);
  }

  private void addRealTime(List<Queued> all, KernelObject queue, int depth)
      throws KernelReadException {
    if (depth > MAX_DEPTH || !seen.add(queue.address())) {
      return;
    }
    for (KernelObject list : queue.member("active.queue").elements()) {
      Walk walk = list.list("struct sched_rt_entity", "run_list");
      problem = problem.or(walk::problem);
      for (KernelObject entity : walk) {
        try {
          if (entity.has("my_q") && entity.value("my_q") != 0) {
            addRealTime(all, entity.member("my_q").dereference(), depth + 1);
          } else {
            add(all, entity.containerOf(TASK, "rt"));
          }
        } catch (KernelReadException e) {
          problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
        }
      }
    }
  }

  private void addFair(List<Queued> all, KernelObject queue, int depth) throws KernelReadException {
    if (depth > MAX_DEPTH || !seen.add(queue.address())) {
      return;
    }
    // What runs is in no tree, nor is the group that it is of, but others of the group may wait.
    if (queue.has("curr") && queue.value("curr") != 0) {
      addGroup(all, queue.member("curr").dereference(), depth);
    }
    Walk walk = QueueMembers.FAIR_TREE.in(queue).rbTree("struct sched_entity", "run_node");
    problem = problem.or(walk::problem);
    for (KernelObject entity : walk) {
      try {
        if (!addGroup(all, entity, depth)) {
          add(all, entity.containerOf(TASK, "se"));
        }
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
  }

  /** The tasks that wait in a group, if that is what an entity stands for. */
  private boolean addGroup(List<Queued> all, KernelObject entity, int depth)
      throws KernelReadException {
    boolean group = entity.has("my_q") && entity.value("my_q") != 0;
    if (group) {
      addFair(all, entity.member("my_q").dereference(), depth + 1);
    }
    return group;
  }

  private void add(List<Queued> all, KernelObject task) throws KernelReadException {
    Optional<Task> found = tasks.at(task.address());
    if (found.isPresent()) {
      all.add(new Queued((int) task.value("prio"), found.get()));
    } else {
      problem =
          problem.or(
              () -> Optional.of("what is queued at %#x is no task".formatted(task.address())));
    }
  }
}
