package org.vmcore.gdbstub.inspect.tasks;

import java.util.OptionalInt;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.Task;

/**
 * Which task an answer is about.
 *
 * @param task address of its {@code task_struct}
 */
public record NamedTask(int pid, @Hex long task, OptionalInt cpu, String comm) {
  public static NamedTask of(Task task) {
    return new NamedTask(task.pid(), task.address(), task.cpu(), task.comm());
  }

  /** The same on a CPU, where the task itself does not tell which it ran on. */
  public NamedTask on(OptionalInt known) {
    return cpu.isPresent() ? this : new NamedTask(pid, task, known, comm);
  }

  /** {@code PID: 1 TASK: ... CPU: 1 COMMAND: "init"}, as crash heads what it says of a task. */
  public void print(Text out) {
    out.print(
        "PID: %-7d  TASK: %x  CPU: %-3s  COMMAND: \"%s\"\n",
        pid, task, cpu.isPresent() ? String.valueOf(cpu.getAsInt()) : "?", comm);
  }
}
