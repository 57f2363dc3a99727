package org.vmcore.gdbstub.inspect;

import java.util.List;
import java.util.Optional;

/** {@code monitor help [COMMAND]}. */
final class HelpCommand implements MonitorCommand {
  @Override
  public String name() {
    return "help";
  }

  @Override
  public String arguments() {
    return "[COMMAND]";
  }

  @Override
  public String summary() {
    return "List the commands, or explain one";
  }

  @Override
  public String help() {
    return "";
  }

  static String usage(MonitorCommand command) {
    return "usage: monitor " + (command.name() + " " + command.arguments()).strip();
  }

  @Override
  public void run(Call call, List<String> arguments) throws UsageException {
    if (arguments.isEmpty()) {
      for (MonitorCommand command : MonitorCommands.ALL) {
        String synopsis = (command.name() + " " + command.arguments()).strip();
        call.print("%-28s %s\n", synopsis, command.summary());
      }
      return;
    }
    Optional<MonitorCommand> command = MonitorCommands.named(arguments.get(0));
    if (command.isEmpty()) {
      throw new UsageException("no command '" + arguments.get(0) + "'");
    }
    call.print("%s\n%s.\n%s", usage(command.get()), command.get().summary(), command.get().help());
  }
}
