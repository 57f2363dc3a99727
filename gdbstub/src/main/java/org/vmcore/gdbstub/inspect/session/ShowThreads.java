package org.vmcore.gdbstub.inspect.session;

import java.util.OptionalInt;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.stub.DebuggerView.Threads;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code threads}. */
@Command(
    name = "threads",
    description = "Show CPUs alone as threads, or all tasks too.",
    footer =
        """
        'tasks' adds a thread for every task that ran on no CPU, numbered 10000000 + PID, with
        the registers that were saved when it was switched out. gdb sees them from its next
        'info threads' on; then try: thread apply all bt
        """)
public final class ShowThreads extends Query<ShowThreads.Answer> {
  @Parameters(paramLabel = "cpus|tasks", description = "What to show.")
  private String shown = "";

  /**
   * @param tasks how many there are; none where only CPUs are shown
   */
  record Answer(OptionalInt tasks) {}

  @Override
  public boolean isOfSession() {
    return true;
  }

  @Override
  public Answer answer(Call call) throws NoAnswerException, MissingFactException {
    if (shown.equals("tasks")) {
      int count = call.machine().tasks().list().all().size();
      call.view().showThreads(Threads.TASKS);
      return new Answer(OptionalInt.of(count));
    } else if (shown.equals("cpus")) {
      call.view().showThreads(Threads.CPUS);
      return new Answer(OptionalInt.empty());
    }
    throw NoAnswerException.usage("takes 'cpus' or 'tasks'");
  }

  @Override
  public void print(Answer answer, Text out) {
    if (answer.tasks().isPresent()) {
      int count = answer.tasks().getAsInt();
      out.print("threads are the CPUs and %d tasks; see: info threads\n", count);
    } else {
      out.print("threads are the CPUs; see: info threads\n");
    }
  }
}
