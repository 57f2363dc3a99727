package org.vmcore.gdbstub.stub;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.MachineTasks;
import org.vmcore.gdbstub.rsp.Target.ThreadInfo;
import org.vmcore.gdbstub.rsp.ThreadId;

/**
 * The tasks that ran on no CPU, as threads of the machine. Their numbers are far above those of the
 * CPUs and show the PID: {@code Thread 1.10000137} is PID 137.
 */
final class TaskThreads {
  /** Above every number of a CPU, and with room for every PID, of which there are 4,194,304. */
  private static final long FIRST_PID = 10_000_000;

  /** Idle tasks all have PID 0, and are told by their CPU. */
  private static final long FIRST_IDLE = 20_000_000;

  private final MachineTasks tasks;
  private final Map<ThreadId, Task> byId = new LinkedHashMap<>();
  private final List<ThreadInfo> infos = new ArrayList<>();
  private @Nullable Task lastTask;
  private @Nullable RegisterValues lastRegisters;

  /**
   * @param process that all threads belong to
   */
  TaskThreads(MachineTasks tasks, List<CrashedCpu> cpus, long process) {
    this.tasks = tasks;
    Set<Long> running = new HashSet<>();
    for (CrashedCpu cpu : cpus) {
      tasks.list().current(cpu.number()).ifPresent(task -> running.add(task.address()));
    }
    for (CrashedCpu cpu : cpus) {
      Optional<Task> idle = tasks.list().idle(cpu.number());
      if (idle.isPresent() && running.add(idle.get().address())) {
        add(new ThreadId(process, FIRST_IDLE + cpu.number()), idle.get());
      }
    }
    for (Task task : tasks.list().all()) {
      if (!running.contains(task.address()) && task.pid() > 0) {
        add(new ThreadId(process, FIRST_PID + task.pid()), task);
      }
    }
  }

  private void add(ThreadId id, Task task) {
    // In a torn list a PID may come twice.
    if (byId.putIfAbsent(id, task) == null) {
      String description = "PID %d, %s".formatted(task.pid(), task.state().kernelName());
      infos.add(new ThreadInfo(id, task.cpu().orElse(-1), task.comm(), description));
    }
  }

  List<ThreadInfo> infos() {
    return infos;
  }

  /** The task that a thread is; null when it is none of these. */
  @Nullable Task task(ThreadId id) {
    return byId.get(id);
  }

  /** A task's registers; debuggers ask for those of one task many times in a row. */
  RegisterValues registers(Task task) {
    RegisterValues registers = lastRegisters;
    if (registers == null || !task.equals(lastTask)) {
      registers = tasks.registersOf(task);
      lastTask = task;
      lastRegisters = registers;
    }
    return registers;
  }
}
