package org.vmcore.gdbstub.inspect.tasks;

import java.util.Optional;
import java.util.OptionalInt;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * A task as crash's {@code set} shows it.
 *
 * @param task address of its {@code task_struct}
 * @param threadInfo address of its {@code thread_info}
 * @param same tasks with the same PID, which the idle ones of all CPUs have
 * @param role {@code PANIC} of the one that brought the machine down, {@code ACTIVE} of one that a
 *     CPU ran
 */
public record TaskContext(
    int pid,
    String comm,
    @Hex long task,
    @Hex long threadInfo,
    OptionalInt cpu,
    int same,
    String state,
    Optional<String> role) {
  public static TaskContext of(CrashedMachine machine, Task task) throws MissingFactException {
    return new TaskContext(
        task.pid(),
        task.comm(),
        task.address(),
        info(machine, task),
        task.cpu(),
        task.pid() == 0 ? machine.cpus().size() : 1,
        task.state().kernelName(),
        role(machine, task));
  }

  private static long info(CrashedMachine machine, Task task) throws MissingFactException {
    try {
      return machine.tasks().list().object(task).member("thread_info").address();
    } catch (KernelReadException e) {
      // Before 4.9 it was at the end of the stack, and task_struct has none.
      return task.stack();
    }
  }

  private static Optional<String> role(CrashedMachine machine, Task task)
      throws MissingFactException {
    if (machine.tasks().panicTask().filter(panic -> panic.equals(task)).isPresent()) {
      return Optional.of("PANIC");
    }
    for (CrashedCpu cpu : machine.cpus()) {
      if (machine.tasks().list().current(cpu.number()).filter(task::equals).isPresent()) {
        return Optional.of("ACTIVE");
      }
    }
    return Optional.empty();
  }

  /** Five lines. */
  public void print(Text out) {
    out.print("    PID: %d\n", pid);
    out.print("COMMAND: \"%s\"\n", comm);
    String one = same > 1 ? Text.format("  (1 of %d)", same) : "";
    out.print("   TASK: %s%s  [THREAD_INFO: %x]\n", out.pointer(task), one, threadInfo);
    out.print("    CPU: %d\n", cpu.orElse(0));
    out.print("  STATE: %s%s\n", state, role.map(name -> Text.format(" (%s)", name)).orElse(""));
  }
}
