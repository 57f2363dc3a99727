package org.vmcore.gdbstub.monitor;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.MissingFactException;
import org.vmcore.gdbstub.kernel.tasks.Task;

/** {@code monitor ps [PID|NAME...]}, laid out after the command of that name in crash. */
final class PsCommand implements MonitorCommand {
  @Override
  public String name() {
    return "ps";
  }

  @Override
  public String arguments() {
    return "[PID|NAME...]";
  }

  @Override
  public String summary() {
    return "List the tasks";
  }

  @Override
  public String help() {
    return """
        '>' marks the tasks that ran on a CPU; kernel threads are in brackets. ST is the state:
        RU runs or could, IN and UN wait (UN is not woken by signals), ID is an idle worker, ST
        stopped, TR traced, ZO a zombie, DE dead, PA parked. VSZ and RSS are in KiB.
        """;
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException, MissingFactException {
    List<Task> shown = new ArrayList<>();
    if (arguments.isEmpty()) {
      shown.addAll(TaskLines.everyTask(call.view().machine()));
    }
    for (String argument : arguments) {
      shown.addAll(TaskLines.named(call.view().machine(), argument));
    }
    TaskLines lines = new TaskLines(call.view().machine());
    call.console().print(lines.tableHeading());
    for (Task task : shown) {
      call.console().print(lines.row(task));
      call.console().stillBusy();
    }
    if (arguments.isEmpty()) {
      for (String problem : call.view().machine().tasks().list().problems()) {
        call.print("ps: %s\n", problem);
      }
    }
  }
}
