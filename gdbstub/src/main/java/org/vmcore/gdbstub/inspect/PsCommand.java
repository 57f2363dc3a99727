package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.tasks.Task;

/** {@code monitor ps [PID|NAME...]}, laid out after the command of that name in crash. */
final class PsCommand extends KernelCommand {
  PsCommand() {
    super(
        "ps",
        "[PID|TASK|NAME...]",
        "List the tasks",
        """
        '>' marks the tasks that ran on a CPU; kernel threads are in brackets. ST is the state:
        RU runs or could, IN and UN wait (UN is not woken by signals), ID is an idle worker, ST
        stopped, TR traced, ZO a zombie, DE dead, PA parked. VSZ and RSS are in KiB.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments) throws UsageException, MissingFactException {
    TaskLines lines = new TaskLines(machine(call));
    List<Task> shown = new ArrayList<>();
    if (arguments.isEmpty()) {
      shown.addAll(lines.everyTask());
    }
    for (String argument : arguments) {
      shown.addAll(lines.named(argument));
    }
    StringBuilder text = new StringBuilder(lines.tableHeading());
    List<Object> tree = new ArrayList<>();
    for (Task task : shown) {
      TaskLines.Row row = lines.row(task);
      text.append(row.text());
      tree.add(row.tree());
      call.console().stillBusy();
    }
    if (arguments.isEmpty()) {
      for (String problem : machine(call).tasks().list().problems()) {
        text.append("(not all: ").append(problem).append(")\n");
      }
    }
    return new Answer(text.toString(), tree);
  }
}
