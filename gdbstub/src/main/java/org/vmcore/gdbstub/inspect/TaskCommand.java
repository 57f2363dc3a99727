package org.vmcore.gdbstub.inspect;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** {@code monitor task PID|TASK|NAME|cpu}. */
final class TaskCommand extends KernelCommand {
  TaskCommand() {
    super(
        "task",
        "[PID|TASK|NAME|cpu]",
        "Show a task, and read user addresses as it did",
        """
        In the threads of CPUs user addresses are read through that task's page tables from now
        on; 'cpu' goes back to those of what ran. Threads that are tasks ('monitor threads
        tasks') always see their own. Have gdb forget what it has cached: maint flush dcache
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments) throws UsageException, MissingFactException {
    if (arguments.equals(List.of("cpu"))) {
      call.view().forgetSpace();
      return new Answer("user addresses are each CPU's own again\n", Map.of());
    }
    CrashedMachine machine = machine(call);
    TaskLines lines = new TaskLines(machine);
    Task task = lines.meant(call, arguments);
    Map<String, Object> tree = new LinkedHashMap<>(lines.row(task).tree());
    tree.put("tgid", task.tgid());
    tree.put("stack", hex(task.stack()));
    StringBuilder text = new StringBuilder(heading(task));
    text.append("STATE: %s\n".formatted(task.state().kernelName()));
    text.append("TGID: %d  PPID: %d\n".formatted(task.tgid(), task.ppid()));
    text.append("STACK: %s\n".formatted(lines.pointer(task.stack())));
    OptionalLong root = machine.tasks().pageTableRoot(task);
    if (root.isPresent()) {
      tree.put("mm", hex(task.mm()));
      tree.put("tables", hex(root.getAsLong()));
      text.append("MM: %s  TABLES: %x\n".formatted(lines.pointer(task.mm()), root.getAsLong()));
      call.view().chooseTask(root.getAsLong());
      text.append("user addresses are read as PID %d does\n".formatted(task.pid()));
    } else {
      text.append(task.mm() == 0 ? "it has no user memory\n" : "its page tables cannot be found\n");
    }
    return new Answer(text.toString(), tree);
  }
}
