package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.gdbstub.inspect.Queries;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.Query;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** What {@code --help} tells of some seventy commands on one screen, and {@code help options}. */
final class HelpScreen {
  private static final int TITLE_WIDTH = 24;
  private static final int WIDTH = 80;

  /** How they are grouped, and what they are for. */
  private static final String OWN =
      """

      Debug it:
        serve               serve a dump to gdb, LLDB and IDEs (the default)
        gdb                 open a dump in gdb
        crash               a prompt with the commands of crash, or files of them
        demo                a made-up machine that has crashed, shown in gdb
      Get to know it:
        info                what a dump is, and what is in it
        report              what happened, as one HTML page
        triage              many dumps, sorted by what went wrong
        read                memory as a hexdump, or the bytes themselves
        addr2sym            what addresses are in, or the lines of an oops
      Make files of it:
        convert             a dump of another format, for other tools
        symbols             its symbols and types, for any debugger
        gcore               the core file of a process
      """;

  private HelpScreen() {}

  /** Has a command line tell of its commands by what one wants to do. */
  static void install(CommandLine commandLine) {
    commandLine
        .getHelpSectionMap()
        .put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, help -> "");
    commandLine
        .getHelpSectionMap()
        .put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, help -> commands());
  }

  private static String commands() {
    StringBuilder text = new StringBuilder(OWN);
    text.append("Ask it, as in crash (COMMAND VMCORE ...; --json for scripts):\n");
    for (Queries.Group group : Queries.groups()) {
      List<String> names = new ArrayList<>();
      for (Query<?> query : group.ofDumps()) {
        names.add(new Form(query).name());
      }
      names.removeIf(Main::isCommand);
      if (!names.isEmpty()) {
        wrap(group.title() + ":", names, text);
      }
    }
    return text.append(
            "\n'help COMMAND' explains one, 'help options' what all take that open a dump.\n")
        .toString();
  }

  private static void wrap(String title, List<String> names, StringBuilder text) {
    StringBuilder line = new StringBuilder(("  %-" + TITLE_WIDTH + "s").formatted(title));
    for (String name : names) {
      if (line.length() + name.length() + 1 > WIDTH) {
        text.append(line.toString().stripTrailing()).append('\n');
        line = new StringBuilder(" ".repeat(TITLE_WIDTH + 2));
      }
      line.append(name).append(' ');
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }

  /** The options of all commands that open a dump. */
  @Command(
      name = "options",
      sortOptions = false,
      description = "What all commands take that open a dump, before it or behind it.",
      customSynopsis = "vmcore-gdbserver COMMAND [OPTIONS] VMCORE...")
  static final class Options {
    @Mixin DumpOptions options = new DumpOptions();
  }

  /** Prints {@code help options}. */
  static void printOptions(CommandLine parent) {
    CommandLine shown =
        new CommandLine(CommandSpec.forAnnotatedObject(new Options()))
            .setResourceBundle(new HelpTexts())
            .setUsageHelpAutoWidth(true);
    shown.usage(parent.getOut(), Help.Ansi.OFF);
    parent.getOut().flush();
  }
}
