package org.vmcore.gdbstub.monitor;

import java.util.List;
import java.util.OptionalLong;
import org.vmcore.arch.MissingFactException;
import org.vmcore.gdbstub.kernel.tasks.Task;
import org.vmcore.gdbstub.target.CrashedMachine;

/** {@code monitor task PID|NAME}. */
final class TaskCommand implements MonitorCommand {
  @Override
  public String name() {
    return "task";
  }

  @Override
  public String arguments() {
    return "PID|NAME|cpu";
  }

  @Override
  public String summary() {
    return "Show a task, and read user addresses as it did";
  }

  @Override
  public String help() {
    return """
        In the threads of CPUs user addresses are read through that task's page tables from now
        on; 'cpu' goes back to those of what ran. Threads that are tasks ('monitor threads
        tasks') always see their own. Have gdb forget what it has cached: maint flush dcache
        """;
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException, MissingFactException {
    if (arguments.equals(List.of("cpu"))) {
      call.view().forgetSpace();
      call.print("user addresses are each CPU's own again\n");
      return;
    }
    CrashedMachine machine = call.view().machine();
    Task task = TaskLines.only(machine, arguments);
    TaskLines lines = new TaskLines(machine);
    call.console().print(lines.heading(task));
    call.print("STATE: %s\n", task.state().kernelName());
    call.print("TGID: %d  PPID: %d\n", task.tgid(), task.ppid());
    call.print("STACK: %s\n", lines.pointer(task.stack()));
    OptionalLong root = machine.tasks().pageTableRoot(task);
    if (root.isPresent()) {
      call.print("MM: %s  TABLES: %x\n", lines.pointer(task.mm()), root.getAsLong());
      call.view().chooseTask(root.getAsLong());
      call.print("user addresses are read as PID %d does\n", task.pid());
    } else if (task.mm() == 0) {
      call.print("it has no user memory\n");
    } else {
      call.print("its page tables cannot be found\n");
    }
  }
}
