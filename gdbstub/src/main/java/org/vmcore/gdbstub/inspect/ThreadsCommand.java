package org.vmcore.gdbstub.inspect;

import java.util.List;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.stub.DebuggerView.Threads;

/** {@code monitor threads cpus|tasks}. */
final class ThreadsCommand implements MonitorCommand {
  @Override
  public String name() {
    return "threads";
  }

  @Override
  public String arguments() {
    return "cpus|tasks";
  }

  @Override
  public String summary() {
    return "Show CPUs alone as threads, or all tasks too";
  }

  @Override
  public String help() {
    return """
        'tasks' adds a thread for every task that ran on no CPU, numbered 10000000 + PID, with
        the registers that were saved when it was switched out. gdb sees them from its next
        'info threads' on; then try: thread apply all bt
        """;
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException, MissingFactException {
    if (arguments.equals(List.of("tasks"))) {
      int count = call.view().machine().tasks().list().all().size();
      call.view().showThreads(Threads.TASKS);
      call.print("threads are the CPUs and %d tasks; see: info threads\n", count);
    } else if (arguments.equals(List.of("cpus"))) {
      call.view().showThreads(Threads.CPUS);
      call.print("threads are the CPUs; see: info threads\n");
    } else {
      throw new UsageException("takes 'cpus' or 'tasks'");
    }
  }
}
