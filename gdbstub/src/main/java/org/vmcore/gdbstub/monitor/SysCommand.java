package org.vmcore.gdbstub.monitor;

import java.util.List;
import org.vmcore.arch.MissingFactException;

/** {@code monitor sys}, laid out after the command of that name in crash. */
final class SysCommand implements MonitorCommand {
  @Override
  public String name() {
    return "sys";
  }

  @Override
  public String arguments() {
    return "";
  }

  @Override
  public String summary() {
    return "Show which machine this is and what happened to it";
  }

  @Override
  public String help() {
    return """
        TASKS counts all threads, the kernel's and the idle tasks too. DATE is the machine's own
        clock, in UTC. What the dump does not tell is left out.
        """;
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException, MissingFactException {
    if (!arguments.isEmpty()) {
      throw new UsageException("takes no arguments");
    }
    call.console().print(Banner.text(call.view().machine()));
  }
}
