package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.RemoteName;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.stub.DebuggerView;

/** Runs one gdb script on each of many dumps, several at a time. */
final class GdbBatch {
  /** How long a gdb may take to end after Ctrl-C, and after that the dumps to be closed. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final String SETSID = "setsid";

  private final Optional<String> gdb;
  private final DebuggerView.Threads threads;
  private final List<String> arguments;
  private final MachineOptions options;
  private final List<Turn> turns = new CopyOnWriteArrayList<>();
  private volatile boolean stopped;

  /**
   * @param gdb the program; without it, the one for each dump's architecture
   * @param arguments what each gdb is to do once it has connected
   */
  GdbBatch(
      Optional<String> gdb,
      DebuggerView.Threads threads,
      List<String> arguments,
      MachineOptions options) {
    this.gdb = gdb;
    this.threads = threads;
    this.arguments = List.copyOf(arguments);
    this.options = options;
  }

  /** Is told of each dump when it is done, in the order in which the user named them. */
  @FunctionalInterface
  interface Listener {
    void done(BatchResult result) throws IOException;
  }

  /**
   * The files of the dump that a word names: of a split dump they are joined by commas. A file
   * whose own name has a comma is that file.
   */
  static List<Path> files(String word) {
    return Files.exists(Path.of(word))
        ? List.of(Path.of(word))
        : Arrays.stream(word.split(",", -1))
            .filter(part -> !part.isEmpty())
            .map(RemoteName::path)
            .toList();
  }

  /** Runs it on all of them; returns what became of each, in their order. */
  List<BatchResult> run(List<String> dumps, int jobs, BatchLogs logs, Listener listener)
      throws IOException, InterruptedException {
    BatchProgress progress = new BatchProgress(System.err, dumps.size());
    for (int i = 0; i < dumps.size(); i++) {
      List<Path> files = files(dumps.get(i));
      List<Path> named = files.isEmpty() ? List.of(Path.of(dumps.get(i))) : files;
      Path log = logs.create(i + 1, dumps.size(), named);
      turns.add(new Turn(dumps.get(i), files, log, progress));
    }
    ExecutorService workers = Executors.newFixedThreadPool(Math.min(jobs, dumps.size()));
    try {
      turns.forEach(turn -> workers.execute(turn.task));
      if (stopped) {
        stop();
      }
      List<BatchResult> results = new ArrayList<>();
      for (Turn turn : turns) {
        BatchResult result = turn.result(workers);
        progress.erase();
        listener.done(result);
        results.add(result);
      }
      return results;
    } catch (ExecutionException e) {
      throw new IOException(Errors.describe(Objects.requireNonNull(e.getCause())), e);
    } finally {
      stop();
      await(workers);
    }
  }

  /** Has {@link #run} end early, which leaves nothing behind. */
  void stop() {
    stopped = true;
    turns.forEach(turn -> turn.task.cancel(true));
  }

  /** Waits until every gdb has ended, and sockets and temporary files are gone. */
  private static void await(ExecutorService workers) throws InterruptedException {
    workers.shutdown();
    boolean unused = workers.awaitTermination(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** The work on one dump. */
  private final class Turn {
    private final String dump;
    private final List<Path> files;
    private final Path log;
    private final BatchProgress progress;
    private final FutureTask<BatchResult> task = new FutureTask<>(this::take);

    /** {@link System#nanoTime}, once it has come. */
    private volatile OptionalLong started = OptionalLong.empty();

    private Turn(String dump, List<Path> files, Path log, BatchProgress progress) {
      this.dump = dump;
      this.files = files;
      this.log = log;
      this.progress = progress;
    }

    private BatchResult take() throws IOException, InterruptedException {
      started = OptionalLong.of(System.nanoTime());
      progress.started(dump);
      int exitCode = BatchResult.NOT_RUN;
      Optional<String> problem = Optional.empty();
      try {
        exitCode = onDump(files, log);
      } catch (IOException | DumpException | MissingFactException | RuntimeException e) {
        problem = Optional.of(Errors.describe(e).lines().findFirst().orElse("failed"));
        Files.writeString(log, "vmcore-gdbserver: " + problem.get() + "\n");
      }
      BatchResult result = new BatchResult(dump, exitCode, problem, log, duration());
      if (!stopped) {
        progress.finished(result);
      }
      return result;
    }

    private Duration duration() {
      return started.isPresent()
          ? Duration.ofNanos(System.nanoTime() - started.getAsLong())
          : Duration.ZERO;
    }

    /** Waits for it. One that was stopped is told when what ran has ended. */
    private BatchResult result(ExecutorService workers)
        throws ExecutionException, InterruptedException {
      try {
        return task.get();
      } catch (CancellationException e) {
        await(workers);
        return started.isPresent()
            ? BatchResult.stopped(dump, log, duration())
            : BatchResult.notBegun(dump, log);
      }
    }
  }

  private int onDump(List<Path> files, Path log)
      throws IOException, DumpException, MissingFactException, InterruptedException {
    try (CrashedMachine machine = CrashedMachine.open(files, options)) {
      String program =
          gdb.isPresent() ? gdb.get() : GdbRun.programFor(machine.requireArchitecture());
      return new GdbRun(program, threads, arguments)
          .on(machine, (line, server) -> launch(line, machine, log));
    }
  }

  /**
   * A gdb without a terminal: nobody answers its questions, and all that it says is logged. Where
   * that can be done it gets a session of its own (setsid(1) of util-linux): a Ctrl-C on this
   * program's terminal would end it as if it had failed, before it can be stopped from here.
   */
  private int launch(ProcessBuilder builder, CrashedMachine machine, Path log)
      throws IOException, InterruptedException {
    List<String> warnings = Summary.warnings(machine);
    Files.write(log, warnings);
    String program = builder.command().get(0);
    builder.command().add(1, "-batch");
    if (GdbRun.isThere(program) && GdbRun.isThere(SETSID)) {
      builder.command().add(0, SETSID);
    }
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Process process = GdbRun.start(builder);
    try {
      process.getOutputStream().close();
      return process.waitFor();
    } finally {
      // What its script runs would outlive it.
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }
}
