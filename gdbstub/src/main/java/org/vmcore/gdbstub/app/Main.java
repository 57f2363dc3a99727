package org.vmcore.gdbstub.app;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.vmcore.dumpreader.api.RemoteName;
import org.vmcore.gdbstub.Version;
import org.vmcore.gdbstub.inspect.Queries;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.Nearest;
import org.vmcore.gdbstub.inspect.query.Query;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
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
    mixinStandardHelpOptions = true,
    versionProvider = Main.VersionProvider.class)
public final class Main implements Callable<Integer> {
  private static final List<Class<?>> COMMANDS =
      List.of(
          ServeCommand.class,
          GdbCommand.class,
          InfoCommand.class,
          ReadCommand.class,
          ConvertCommand.class,
          CrashCommand.class,
          ReportCommand.class,
          GcoreCommand.class,
          SymbolsCommand.class,
          AddressToSymbolCommand.class,
          McpCommand.class,
          TriageCommand.class,
          DemoCommand.class,
          WarmUp.class,
          AutoComplete.GenerateCompletion.class,
          CommandLine.HelpCommand.class);

  private static final String SERVE = "serve";

  private static final Set<String> OWN_OPTIONS = Set.of("-h", "--help", "-V", "--version");

  private static final Set<String> TELL_OF_ALL =
      Set.of("-h", "--help", "help", "generate-completion");

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
        "vmcore-gdbserver " + Version.withCommit(),
        "Java " + System.getProperty("java.version") + ", " + System.getProperty("os.name")
      };
    }
  }

  public static void main(String[] arguments) {
    // Past what System.out makes of it, which keeps the reason of a failure to itself.
    System.exit(
        run(
            new FileOutputStream(FileDescriptor.out),
            new FileOutputStream(FileDescriptor.err),
            arguments));
  }

  /** Runs one command line and returns the exit code. */
  static int run(String... arguments) {
    return run(System.out, System.err, arguments);
  }

  static int run(OutputStream out, OutputStream err, String... arguments) {
    Logging.quiet();
    try (Output output = Output.open(out, err)) {
      try {
        int exitCode = execute(arguments);
        output.finish();
        return exitCode;
      } catch (CheckedStream.FailedException e) {
        return Errors.output(e);
      } catch (OutOfMemoryError e) {
        return Errors.outOfMemory();
      }
    }
  }

  /** The same with the standard streams as they are now. */
  static int execute(String... arguments) {
    Set<String> names = names(arguments);
    Optional<String> meant = meant(names, arguments);
    String[] words = withServe(names, arguments);
    CommandLine commandLine = commandLine(words);
    if (List.of(arguments).equals(List.of("help", "options"))) {
      HelpScreen.printOptions(commandLine);
      return ExitCode.OK;
    }
    if (meant.isPresent()) {
      return Errors.unknownCommand(commandLine, arguments[0], meant.get());
    }
    return commandLine.execute(words);
  }

  /** With all commands, for what is written about them. */
  public static CommandLine commandLine() {
    return commandLine(new String[0]);
  }

  private static CommandLine commandLine(String[] arguments) {
    CommandLine commandLine =
        withCommands(new CommandLine(new Main()), arguments)
            .registerConverter(Path.class, RemoteName::path)
            .setResourceBundle(new HelpTexts())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setUsageHelpAutoWidth(true)
            .setExecutionStrategy(Main::runLast)
            .setParameterExceptionHandler(Errors::usage)
            .setExecutionExceptionHandler(Errors::execution);
    HelpScreen.install(commandLine);
    return commandLine;
  }

  /** What picocli prints itself, such as help, it would end with a stack trace. */
  private static int runLast(ParseResult parsed) {
    try {
      return new CommandLine.RunLast().execute(parsed);
    } catch (CheckedStream.FailedException e) {
      return Errors.output(e);
    }
  }

  /** The one that is called; all of them, at some milliseconds each, where all are told of. */
  private static CommandLine withCommands(CommandLine commandLine, String[] arguments) {
    boolean all = arguments.length == 0 || TELL_OF_ALL.contains(arguments[0]);
    for (Class<?> command : COMMANDS) {
      if (all || name(command).equals(arguments[0])) {
        commandLine.addSubcommand(command);
      }
    }
    for (Query<?> query : all || mayAsk(arguments[0]) ? Queries.ofDumps() : List.<Query<?>>of()) {
      String name = Answering.name(query);
      if (!isCommand(name) && (all || name.equals(arguments[0]))) {
        commandLine.addSubcommand(name, QueryCommand.of(query));
      }
    }
    return commandLine;
  }

  /** Whether a word can be a question: it is no option and none of the other commands. */
  private static boolean mayAsk(String word) {
    return !word.startsWith("-") && !isCommand(word);
  }

  /** Whether a word is a command that is more than a question. */
  static boolean isCommand(String word) {
    return COMMANDS.stream().anyMatch(type -> name(type).equals(word));
  }

  private static String name(Class<?> command) {
    return Objects.requireNonNull(command.getAnnotation(Command.class)).name();
  }

  /**
   * All commands, unless the first word is one that is no question: each question is a class to be
   * loaded, just to know what it is called.
   */
  private static Set<String> names(String[] arguments) {
    Set<String> names = new TreeSet<>();
    COMMANDS.forEach(command -> names.add(name(command)));
    if (arguments.length > 0 && mayAsk(arguments[0])) {
      Queries.ofDumps().forEach(query -> names.add(Answering.name(query)));
    }
    return names;
  }

  /** The command that somebody meant who named none and no file either. */
  private static Optional<String> meant(Set<String> names, String[] arguments) {
    return arguments.length == 0
            || arguments[0].startsWith("-")
            || names.contains(arguments[0])
            || isFile(arguments[0])
        ? Optional.empty()
        : Nearest.of(arguments[0], names);
  }

  private static boolean isFile(String word) {
    try {
      return Files.exists(Path.of(word));
    } catch (InvalidPathException e) {
      // It is converted once more, where what is wrong with it is said.
      return true;
    }
  }

  /** A first argument that is no command is the dump to serve, or an option of serving it. */
  private static String[] withServe(Set<String> names, String[] arguments) {
    if (arguments.length == 0
        || OWN_OPTIONS.contains(arguments[0])
        || names.contains(arguments[0])) {
      return arguments;
    }
    String[] served = new String[arguments.length + 1];
    served[0] = SERVE;
    System.arraycopy(arguments, 0, served, 1, arguments.length);
    return served;
  }
}
