package org.vmcore.gdbstub.inspect;

import java.util.List;

/**
 * {@code monitor exit}, which ends a gdbserver; {@code quit} and {@code q} as in other monitors. A
 * server that others may use is not ended by one of them.
 */
final class ExitCommand implements MonitorCommand {
  @Override
  public String name() {
    return "exit";
  }

  @Override
  public String arguments() {
    return "";
  }

  @Override
  public String summary() {
    return "Say how to end this session";
  }

  @Override
  public String help() {
    return "";
  }

  @Override
  public void run(Call call, List<String> arguments) {
    call.print(
        "The server goes on for other debuggers. 'detach' or 'quit', without 'monitor', ends this"
            + " session.\n");
  }
}
