package org.vmcore.gdbstub.app;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.input.FileErrors;
import org.vmcore.gdbstub.inspect.query.Answering;
import org.vmcore.gdbstub.inspect.query.BytesQuery;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.Form;
import org.vmcore.gdbstub.inspect.query.LogQuery;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.query.Query;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Range;
import picocli.CommandLine.Spec;

/**
 * A question as a command of the program: {@code NAME VMCORE ARGUMENT...}, options anywhere. Its
 * own options and parameters are those that it has in a debugger, these behind the dump.
 */
@Command(sortOptions = false)
final class QueryCommand implements Callable<Integer> {
  /** Puts a question's own options before those of all. */
  private static final int FIRST = -100;

  private static final String JSON = "--json";

  /** The launcher's word that nobody sees standard output as it is. */
  private static final boolean PIPED = Boolean.getBoolean("vmcore.piped");

  private final Query<?> query;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "VMCORE", description = DumpOptions.VMCORE)
  private Path vmcore = Path.of("");

  @Option(
      names = "--with",
      paramLabel = "FILE",
      description = "A further part of a split dump. May be repeated.")
  private List<Path> parts = List.of();

  @Mixin private DumpOptions options = new DumpOptions();

  private QueryCommand(Query<?> query) {
    this.query = query;
  }

  /** The subcommand for a question, with its help. */
  static CommandSpec of(Query<?> query) {
    CommandSpec spec = CommandSpec.forAnnotatedObject(new QueryCommand(query));
    Form form = new Form(query);
    hideOptionsOfAll(spec);
    // Without -h, which a question may have for itself.
    spec.addOption(
        OptionSpec.builder("--help")
            .usageHelp(true)
            .description("Show this help message and exit.")
            .build());
    for (OptionSpec option : form.spec().options()) {
      spec.addOption(OptionSpec.builder(option).order(FIRST).build());
    }
    for (PositionalParamSpec parameter : form.spec().positionalParameters()) {
      spec.addPositional(
          PositionalParamSpec.builder(parameter).index(behindTheDump(parameter.index())).build());
    }
    spec.name(Answering.name(query));
    spec.usageMessage()
        .description(form.summary() + ".")
        .customSynopsis(
            "vmcore-gdbserver "
                + form.synopsis("VMCORE").replace("%", "%%")
                + " [--json] [OPTIONS]")
        .footer(withShared(form.spec().usageMessage().footer()));
    return spec;
  }

  /** 'help options' explains them, once for all commands. */
  private static void hideOptionsOfAll(CommandSpec spec) {
    for (OptionSpec option : List.copyOf(spec.options())) {
      spec.remove(option);
      spec.addOption(OptionSpec.builder(option).hidden(true).build());
    }
  }

  private static Range behindTheDump(Range index) {
    boolean endless = index.isVariable() || index.max() == Integer.MAX_VALUE;
    return Range.valueOf((index.min() + 1) + ".." + (endless ? "*" : index.max() + 1));
  }

  private static String[] withShared(String[] footer) {
    List<String> lines = new ArrayList<>(List.of(footer));
    lines.add("");
    lines.add("'vmcore-gdbserver help options' explains what all commands take.");
    return lines.toArray(String[]::new);
  }

  /** Of answers to a command line. */
  static final Call.Listener LISTENER =
      new Call.Listener() {
        @Override
        public void stillBusy() {
          Output.stillBusy();
        }

        @Override
        public void shown() {
          Output.shown();
        }

        @Override
        public Optional<BufferedReader> input() {
          return Optional.of(
              new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())));
        }
      };

  @Override
  public Integer call() throws Exception {
    List<Path> files = new ArrayList<>(List.of(vmcore));
    files.addAll(parts);
    if (query instanceof LogQuery<?> ofLogs && parts.isEmpty()) {
      Optional<String> log = LogFile.read(vmcore);
      if (log.isPresent()) {
        return answer(ofLogs, log.get());
      }
    }
    try (CrashedMachine machine = options.open(files)) {
      if (options.namesVmlinux()) {
        Summary.vmlinuxWarning(machine).ifPresent(System.err::println);
      }
      return answer(machine);
    }
  }

  /** Shows the answer to a question on standard output. */
  static void show(Query<?> query, Call call, boolean json)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (json) {
      Answering.asJson(query, call, Output.writer());
      System.out.print("\n");
    } else {
      Answering.asText(query, call, new Text(System.out::print, call.digits()));
    }
  }

  private int answer(CrashedMachine machine) throws IOException {
    Call call = new Call(machine, LISTENER);
    try {
      if (query instanceof BytesQuery<?> ofBytes && writes(ofBytes)) {
        return write(ofBytes, call);
      }
      show(query, call, isJson());
      return 0;
    } catch (NoAnswerException e) {
      throw failure(e, Answering.reason(e, machine));
    } catch (MissingFactException | KernelReadException e) {
      Output.forget();
      throw new IOException(Answering.name(query) + ": " + Answering.reason(e, machine), e);
    }
  }

  private <A> int answer(LogQuery<A> ofLogs, String log)
      throws IOException, MissingFactException, KernelReadException {
    try {
      A answer = ofLogs.answer(log);
      if (isJson()) {
        Answering.asJson(ofLogs, answer, new Notes(), Output.writer());
        System.out.print("\n");
      } else {
        Answering.asText(ofLogs, answer, new Notes(), new Text(System.out::print, 16));
      }
      return 0;
    } catch (NoAnswerException e) {
      throw failure(e, String.valueOf(e.getMessage()));
    }
  }

  /** Whether bytes go somewhere as they are. */
  private boolean writes(BytesQuery<?> ofBytes) {
    return ofBytes.isOfBytes() && !isJson() && (ofBytes.output().isPresent() || PIPED);
  }

  /** Writes bytes as they are; that some are missing is told, and the exit code. */
  private <A> int write(BytesQuery<A> ofBytes, Call call)
      throws IOException, NoAnswerException, MissingFactException, KernelReadException {
    A answer = ofBytes.answer(call);
    Optional<String> output = ofBytes.output();
    if (output.isEmpty()) {
      ofBytes.write(answer, Output.raw());
    } else {
      Path file = Path.of(output.get());
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
        ofBytes.write(answer, out);
      } catch (FileSystemException e) {
        throw new IOException(FileErrors.describe(e), e);
      }
    }
    List<String> missing = call.notes().incomplete();
    missing.forEach(
        sentence ->
            System.err.println("vmcore-gdbserver: " + Answering.name(query) + ": " + sentence));
    return missing.isEmpty() ? 0 : 1;
  }

  private boolean isJson() {
    return spec.commandLine().getParseResult().hasMatchedOption(JSON);
  }

  /** Why there is no answer: wrong usage is told as such, all else returned. */
  private IOException failure(NoAnswerException e, String reason) {
    Output.forget();
    String name = Answering.name(query) + ": ";
    if (e.reason() == NoAnswerException.Reason.USAGE) {
      throw new ParameterException(spec.commandLine(), name + e.getMessage());
    }
    return new IOException(name + reason, e);
  }
}
