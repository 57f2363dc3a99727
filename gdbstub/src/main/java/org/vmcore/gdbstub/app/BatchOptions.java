package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.inspect.view.Json;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of {@code gdb --batch}. */
final class BatchOptions {
  /** How long the batch may take to end and sum up after Ctrl-C. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  @Option(
      names = "--batch",
      description =
          "Run gdb on each VMCORE without a terminal, as 'gdb -batch' does, and sum up at the end.")
  private boolean on;

  @Option(
      names = {"-x", "--script"},
      paramLabel = "FILE",
      description = "With --batch: gdb commands to run on each dump. May be repeated.")
  private List<Path> scripts = List.of();

  @Option(
      names = {"-j", "--jobs"},
      paramLabel = "N",
      description =
          "With --batch: how many dumps at a time (default: 1); each has a page cache of its own"
              + " (--cache-size).")
  private @Nullable Integer jobs;

  @Option(
      names = "--log-dir",
      paramLabel = "DIRECTORY",
      description =
          "With --batch: write what each gdb prints to a file here; without it, that is printed, dump"
              + " by dump.")
  private @Nullable Path logDirectory;

  @Option(
      names = "--json",
      description =
          "With --batch: sum up as JSON on standard output; what gdb prints then goes to standard"
              + " error or --log-dir.")
  private boolean json;

  boolean isOn() {
    return on;
  }

  /**
   * @throws ParameterException when the options do not go together
   */
  void check(CommandLine commandLine, List<String> gdbArguments) {
    if (on && scripts.isEmpty() && gdbArguments.isEmpty()) {
      throw new ParameterException(
          commandLine, "--batch needs what gdb is to do: -x SCRIPT, or -- -ex COMMAND");
    }
    if (!on && (!scripts.isEmpty() || jobs != null || logDirectory != null || json)) {
      throw new ParameterException(
          commandLine, "-x, --jobs, --log-dir and --json are for --batch; gdb's own follow '--'");
    }
    if (jobs != null && jobs < 1) {
      throw new ParameterException(commandLine, "--jobs must be 1 or more: " + jobs);
    }
  }

  /** What each gdb is given: the scripts, then the user's own arguments. */
  List<String> commands(List<String> gdbArguments) {
    List<String> commands = new ArrayList<>();
    scripts.forEach(script -> commands.addAll(List.of("-x", script.toString())));
    commands.addAll(gdbArguments);
    return commands;
  }

  /**
   * Runs the batch, sums up, and returns the exit code; the JVM's own after Ctrl-C, when it sums up
   * what was done by then.
   */
  int run(List<String> dumps, GdbBatch batch) throws IOException, InterruptedException {
    CountDownLatch summedUp = new CountDownLatch(1);
    Thread hook = new Thread(() -> interrupt(batch, summedUp), "stop-batch");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return runAll(dumps, batch);
    } finally {
      summedUp.countDown();
      forget(hook);
    }
  }

  private static void interrupt(GdbBatch batch, CountDownLatch summedUp) {
    batch.stop();
    try {
      boolean unused = summedUp.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs already.
    }
  }

  private int runAll(List<String> dumps, GdbBatch batch) throws IOException, InterruptedException {
    BatchLogs logs = BatchLogs.in(Optional.ofNullable(logDirectory));
    PrintStream out = json ? System.err : System.out;
    List<BatchResult> results;
    try {
      results = batch.run(dumps, jobs == null ? 1 : jobs, logs, result -> show(result, logs, out));
    } finally {
      logs.close();
    }
    boolean succeeded = results.stream().allMatch(BatchResult::succeeded);
    if (json) {
      BatchReport report = BatchReport.of(results, logs.kept());
      Json.document(Output.writer(), "gdb-batch", BatchReport.VERSION, report);
    } else {
      System.out.print(BatchResult.table(results, logs.kept()));
    }
    System.out.flush();
    return succeeded ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private static void show(BatchResult result, BatchLogs logs, PrintStream out) throws IOException {
    if (!logs.kept()) {
      BatchLogs.print(result, out);
    }
  }
}
