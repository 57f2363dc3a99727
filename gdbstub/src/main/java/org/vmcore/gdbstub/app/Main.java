package org.vmcore.gdbstub.app;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.vmcore.gdbstub.Version;
import org.vmcore.gdbstub.inspect.Inspection;
import org.vmcore.gdbstub.inspect.MonitorCommands;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The program: its subcommands, and what all of them share in errors and exit codes. */
@Command(
    name = "vmcore-gdbserver",
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "gdbserver for a machine that is already dead: serves a Linux kernel crash dump to a stock"
          + " debugger.",
      "",
      "Without a COMMAND, the dump is served: 'vmcore-gdbserver VMCORE' is 'vmcore-gdbserver serve"
          + " VMCORE'."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  vmcore-gdbserver demo                      # try it without any file",
      "  vmcore-gdbserver /var/crash/vmcore         # then, in gdb: target remote :1234",
      "  vmcore-gdbserver gdb vmcore --vmlinux vmlinux",
      "  vmcore-gdbserver info --json vmcore | jq .kernel.release",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage; 'gdb' and 'demo' end with gdb's own."
    },
    subcommands = {
      ServeCommand.class,
      GdbCommand.class,
      InfoCommand.class,
      ReadCommand.class,
      ConvertCommand.class,
      ReportCommand.class,
      SymbolsCommand.class,
      AddressToSymbolCommand.class,
      DemoCommand.class,
      WarmUp.class,
      AutoComplete.GenerateCompletion.class,
      CommandLine.HelpCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.VersionProvider.class)
public final class Main implements Callable<Integer> {
  private static final Set<String> OWN_OPTIONS = Set.of("-h", "--help", "-V", "--version");

  @Spec private CommandSpec spec;

  private Main() {}

  /** Only without any argument: there is a dump or a command missing. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCode.USAGE;
  }

  static final class VersionProvider implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "vmcore-gdbserver " + Version.get(),
        "Java " + System.getProperty("java.version") + ", " + System.getProperty("os.name")
      };
    }
  }

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs one command line and returns the exit code. */
  static int run(String... arguments) {
    Logging.quiet();
    CommandLine commandLine =
        withInspections(new CommandLine(new Main()), arguments)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setUsageHelpAutoWidth(true)
            .setParameterExceptionHandler(Errors::usage)
            .setExecutionExceptionHandler(Errors::execution);
    return commandLine.execute(withServe(commandLine, arguments));
  }

  /** All of them; or the one that is called, as each takes a millisecond to describe. */
  private static CommandLine withInspections(CommandLine commandLine, String[] arguments) {
    List<Inspection> all = MonitorCommands.inspections();
    List<Inspection> called =
        all.stream().filter(i -> arguments.length > 0 && i.name().equals(arguments[0])).toList();
    for (Inspection inspection : called.isEmpty() ? all : called) {
      commandLine.addSubcommand(inspection.name(), InspectCommand.of(inspection));
    }
    return commandLine;
  }

  /** A first argument that is no command is the dump to serve, or an option of serving it. */
  private static String[] withServe(CommandLine commandLine, String[] arguments) {
    if (arguments.length == 0
        || OWN_OPTIONS.contains(arguments[0])
        || commandLine.getSubcommands().containsKey(arguments[0])) {
      return arguments;
    }
    String[] served = new String[arguments.length + 1];
    served[0] = "serve";
    System.arraycopy(arguments, 0, served, 1, arguments.length);
    return served;
  }
}
