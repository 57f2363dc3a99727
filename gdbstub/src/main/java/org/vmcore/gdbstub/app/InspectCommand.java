package org.vmcore.gdbstub.app;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.vmcore.gdbstub.inspect.Answer;
import org.vmcore.gdbstub.inspect.Inspection;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * A {@code monitor} command as one of the program: {@code NAME VMCORE ARGUMENT...}. What looks like
 * an option and is none of the program's is the command's own.
 */
@Command(sortOptions = false)
final class InspectCommand implements Callable<Integer> {
  private static final Gson JSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  private final Inspection inspection;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "VMCORE", description = DumpOptions.VMCORE)
  private Path vmcore = Path.of("");

  @Parameters(index = "1..*", arity = "0..*", hidden = true)
  private List<String> arguments = List.of();

  @Option(
      names = "--with",
      paramLabel = "FILE",
      description = "A further part of a split dump. May be repeated.")
  private List<Path> parts = List.of();

  @Option(names = "--json", description = "Print JSON for scripts.")
  private boolean json;

  @Mixin private DumpOptions options = new DumpOptions();

  private InspectCommand(Inspection inspection) {
    this.inspection = inspection;
  }

  /** The subcommand for an inspection, with its help. */
  static CommandSpec of(Inspection inspection) {
    CommandSpec spec = CommandSpec.forAnnotatedObject(new InspectCommand(inspection));
    spec.name(inspection.name());
    // Without -h, which a command may have for itself.
    spec.addOption(
        OptionSpec.builder("--help")
            .usageHelp(true)
            .description("Show this help message and exit.")
            .build());
    spec.parser().unmatchedOptionsArePositionalParams(true);
    spec.usageMessage()
        .description(inspection.summary() + ".")
        .customSynopsis(
            "vmcore-gdbserver %s VMCORE %s"
                    .formatted(inspection.name(), inspection.arguments())
                    .strip()
                + " [--json] [--with FILE]... [OPTIONS]")
        .footer(footer(inspection.help()));
    return spec;
  }

  /** Paragraphs of one line each, to be wrapped as the terminal is wide; examples are indented. */
  private static String[] footer(String help) {
    List<String> lines = new ArrayList<>(List.of(""));
    boolean joins = false;
    for (String line : help.replace("%", "%%").lines().toList()) {
      boolean example = line.startsWith(" ");
      if (joins && !example) {
        lines.add(lines.remove(lines.size() - 1) + " " + line);
      } else {
        lines.add(line);
      }
      joins = !example;
    }
    return lines.toArray(String[]::new);
  }

  private static void print(String text) {
    System.out.print(text);
    System.out.flush();
  }

  @Override
  public Integer call() throws Exception {
    List<Path> files = new ArrayList<>(List.of(vmcore));
    files.addAll(parts);
    try (CrashedMachine machine = options.open(files)) {
      Answer answer =
          inspection.inspect(machine, arguments, json ? text -> {} : InspectCommand::print);
      System.out.print(json ? JSON.toJson(answer.tree()) + "\n" : answer.text());
      System.out.flush();
      return 0;
    } catch (Inspection.FailedException e) {
      CommandLine commandLine = spec.commandLine();
      String reason = inspection.name() + ": " + e.getMessage();
      if (e.isUsage()) {
        throw new ParameterException(commandLine, reason);
      }
      throw new IOException(reason, e);
    }
  }
}
