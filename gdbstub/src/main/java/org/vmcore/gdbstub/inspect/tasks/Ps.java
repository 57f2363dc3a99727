package org.vmcore.gdbstub.inspect.tasks;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.tasks.Task;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ps}, laid out after the command of that name in crash. */
@Command(
    name = "ps",
    description = "List the tasks.",
    footer =
        """
        '>' marks the tasks that ran on a CPU; kernel threads are in brackets. ST is the state:
        RU runs or could, IN and UN wait (UN is not woken by signals), ID is an idle worker, ST
        stopped, TR traced, ZO a zombie, DE dead, PA parked. VSZ and RSS are in KiB.
        """)
public final class Ps extends Query<Ps.Answer> {
  @Parameters(
      arity = "0..*",
      paramLabel = "[PID|TASK|NAME...]",
      hideParamSyntax = true,
      description = "Only tasks of this PID, at this address, or of this name.")
  private List<String> names = List.of();

  /** Those that are asked for, in the order of the names. */
  record Answer(Rows<TaskRow> tasks) {}

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    TaskRows rows = new TaskRows(call);
    call.notes().incomplete(call.machine().tasks().list().remark());
    List<Task> shown = new ArrayList<>();
    if (names.isEmpty()) {
      shown.addAll(TaskFinder.every(call.machine()));
      call.machine().tasks().list().problems().forEach(call.notes()::incomplete);
    }
    TaskFinder finder = new TaskFinder(call);
    for (String name : names) {
      shown.addAll(finder.named(name));
    }
    return new Answer(Rows.of(call, out -> shown.forEach(task -> out.accept(rows.of(task)))));
  }

  @Override
  public void print(Answer answer, Text out) {
    TaskRow.head(out);
    int unused = answer.tasks().forEach(row -> row.print(out));
  }
}
