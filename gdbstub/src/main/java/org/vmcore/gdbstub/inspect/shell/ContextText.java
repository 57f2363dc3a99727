package org.vmcore.gdbstub.inspect.shell;

import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** Which task the session is about, as crash's {@code set} shows it. */
final class ContextText {
  private ContextText() {}

  static void print(CrashedMachine machine, Task task, Text out) throws MissingFactException {
    out.print("    PID: %d\n", task.pid());
    out.print("COMMAND: \"%s\"\n", task.comm());
    out.print("   TASK: %s  [THREAD_INFO: %s]\n", out.pointer(task.address()), info(machine, task));
    out.print("    CPU: %d\n", task.cpu().orElse(0));
    out.print("  STATE: %s%s\n", task.state().kernelName(), remark(machine, task));
  }

  private static String info(CrashedMachine machine, Task task) throws MissingFactException {
    try {
      return Long.toHexString(machine.tasks().list().object(task).member("thread_info").address());
    } catch (KernelReadException e) {
      return Long.toHexString(task.stack());
    }
  }

  private static String remark(CrashedMachine machine, Task task) throws MissingFactException {
    if (machine.tasks().panicTask().filter(panic -> panic.equals(task)).isPresent()) {
      return " (PANIC)";
    }
    for (CrashedCpu cpu : machine.cpus()) {
      if (machine.tasks().list().current(cpu.number()).filter(task::equals).isPresent()) {
        return " (ACTIVE)";
      }
    }
    return "";
  }
}
