package org.vmcore.gdbstub.inspect.tasks;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.TaskState;

/**
 * A task in a list of such.
 *
 * @param cpu that it ran on last
 * @param task address of its {@code task_struct}
 * @param running whether a CPU ran it
 * @param memoryPercent how much of the machine's memory it has present
 * @param vszKib memory that it has mapped; empty where it has none, or it cannot be read
 * @param rssKib of that, what was present
 * @param stackPointer in the kernel, where it was asked for
 */
public record TaskRow(
    int pid,
    int ppid,
    OptionalInt cpu,
    @Hex long task,
    TaskState state,
    boolean running,
    OptionalDouble memoryPercent,
    OptionalLong vszKib,
    OptionalLong rssKib,
    String comm,
    boolean kernelThread,
    @Hex OptionalLong stackPointer) {

  /** Instead of its address; nothing for what a CPU ran. */
  private String place(Text out, boolean shown) {
    if (!shown) {
      return out.pointer(task);
    }
    int digits = out.digits();
    return stackPointer.isPresent() && !running
        ? out.pointer(stackPointer.getAsLong())
        : Text.format("%-" + digits + "s", Text.centred("--", digits));
  }

  /** What heads a table of tasks. */
  static void head(Text out, boolean stackPointers) {
    int digits = out.digits();
    String title = Text.centred(stackPointers ? "KSTACKP" : "TASK", digits);
    String task = Text.format("%-" + digits + "s", title);
    out.print("      PID    PPID  CPU %s  ST  %%MEM      VSZ      RSS  COMM\n", task);
  }

  /** A line in it; {@code >} marks those that ran. */
  void print(Text out) {
    out.print(
        "%c%8d%8d%4d  %s  %2s%6.1f%9d%9d  %s\n",
        running ? '>' : ' ',
        pid,
        ppid,
        cpu.orElse(0),
        place(out, stackPointer.isPresent()),
        state.abbreviation(),
        memoryPercent.orElse(0),
        vszKib.orElse(0),
        rssKib.orElse(0),
        kernelThread ? "[" + comm + "]" : comm);
  }
}
