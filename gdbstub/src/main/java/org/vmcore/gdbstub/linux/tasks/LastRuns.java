package org.vmcore.gdbstub.linux.tasks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * How long ago tasks were last given a CPU, by the scheduler's clock: {@code
 * sched_info.last_arrival}, as crash has it, of kernels with CONFIG_SCHED_INFO, which distributions
 * build; of others how long ago they last had one, by the time up to which they were charged
 * ({@code update_curr()}, Linux kernel/sched/fair.c).
 */
public final class LastRuns {
  private static final String ARRIVAL = "sched_info.last_arrival";

  private static final String CHARGED = "se.exec_start";

  private final String member;
  private final String clock;
  private final Map<Long, Long> arrivals = new HashMap<>();
  private final List<String> problems = new ArrayList<>();
  private long now;

  private LastRuns(boolean arrivals) {
    this.member = arrivals ? ARRIVAL : CHARGED;
    this.clock = arrivals ? "clock" : "clock_task";
  }

  /**
   * Reads those of some tasks.
   *
   * @param cpus whose run queues tell what the time is
   */
  public static LastRuns read(TypedMemory memory, List<Task> tasks, List<Integer> cpus) {
    LastRuns runs = new LastRuns(memory.types().has("struct task_struct", ARRIVAL));
    for (Task task : tasks) {
      runs.addTask(memory, task);
    }
    PerCpu perCpu = new PerCpu(memory);
    for (int cpu : cpus) {
      runs.addClock(memory, perCpu.address("runqueues", cpu));
    }
    return runs;
  }

  private void addTask(TypedMemory memory, Task task) {
    try {
      KernelObject object = memory.object("struct task_struct", task.address());
      // 0 is never.
      long time = object.has(member) ? object.value(member) : 0;
      if (time > 0) {
        arrivals.put(task.address(), time);
        now = Math.max(now, time);
      }
    } catch (KernelReadException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
  }

  /** The tasks' own times are nearly as late as that of a queue that cannot be read. */
  private void addClock(TypedMemory memory, OptionalLong queue) {
    try {
      if (queue.isPresent()) {
        now = Math.max(now, memory.object("struct rq", queue.getAsLong()).value(clock));
      }
    } catch (KernelReadException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
  }

  /** In nanoseconds; empty where a task never ran or the kernel does not keep it. */
  public OptionalLong ago(Task task) {
    Long time = arrivals.get(task.address());
    return time == null ? OptionalLong.empty() : OptionalLong.of(now - time);
  }

  /** The latest time that a task or a run queue tells, in nanoseconds. */
  public long now() {
    return now;
  }

  /** What could not be read, one sentence each. */
  public List<String> problems() {
    return List.copyOf(problems);
  }
}
