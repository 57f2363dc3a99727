package org.vmcore.gdbstub.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.vmcore.arch.MissingFactException;
import org.vmcore.dumpreader.DumpException;
import org.vmcore.gdbstub.target.CrashedMachine;
import org.vmcore.gdbstub.target.DebuggerView;
import org.vmcore.gdbstub.target.MachineOptions;

/** Runs one gdb script on each of many dumps, several at a time. */
final class GdbBatch {
  /** How long gdbs and servers may take to end after Ctrl-C. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Optional<String> gdb;
  private final DebuggerView.Threads threads;
  private final List<String> arguments;
  private final MachineOptions options;
  private final Set<Process> processes = ConcurrentHashMap.newKeySet();
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
        : Arrays.stream(word.split(",", -1)).filter(part -> !part.isEmpty()).map(Path::of).toList();
  }

  /** Runs it on all of them; returns what became of each, in their order. */
  List<BatchResult> run(List<String> dumps, int jobs, BatchLogs logs, Listener listener)
      throws IOException, InterruptedException {
    BatchProgress progress = new BatchProgress(System.err, dumps.size());
    ExecutorService workers = Executors.newFixedThreadPool(Math.min(jobs, dumps.size()));
    Thread hook = new Thread(() -> interrupt(workers, logs), "stop-batch");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      List<Future<BatchResult>> futures = new ArrayList<>();
      for (int i = 0; i < dumps.size(); i++) {
        int number = i + 1;
        String dump = dumps.get(i);
        futures.add(workers.submit(() -> one(number, dumps.size(), dump, logs, progress)));
      }
      List<BatchResult> results = new ArrayList<>();
      for (Future<BatchResult> future : futures) {
        BatchResult result = future.get();
        progress.erase();
        listener.done(result);
        results.add(result);
      }
      return results;
    } catch (ExecutionException e) {
      throw new IOException(Errors.describe(Objects.requireNonNull(e.getCause())), e);
    } finally {
      if (!stopped) {
        Runtime.getRuntime().removeShutdownHook(hook);
        stop(workers);
      }
    }
  }

  /** Ctrl-C: nothing may be left behind. */
  private void interrupt(ExecutorService workers, BatchLogs logs) {
    stopped = true;
    stop(workers);
    try {
      logs.close();
    } catch (IOException e) {
      System.err.println("vmcore-gdbserver: cannot remove " + logs.directory());
    }
  }

  /** Ends every gdb and waits until their sockets and temporary files are gone. */
  private void stop(ExecutorService workers) {
    workers.shutdownNow();
    processes.forEach(Process::destroy);
    try {
      if (!workers.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        processes.forEach(Process::destroyForcibly);
        boolean unused = workers.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private BatchResult one(
      int number, int count, String dump, BatchLogs logs, BatchProgress progress)
      throws IOException, InterruptedException {
    long started = System.nanoTime();
    progress.started(dump);
    List<Path> files = files(dump);
    Path log = logs.create(number, count, files.isEmpty() ? List.of(Path.of(dump)) : files);
    int exitCode = BatchResult.NOT_RUN;
    Optional<String> problem = Optional.empty();
    try {
      exitCode = onDump(files, log);
    } catch (IOException | DumpException | MissingFactException | RuntimeException e) {
      problem = Optional.of(Errors.describe(e).lines().findFirst().orElse("failed"));
      Files.writeString(log, "vmcore-gdbserver: " + problem.get() + "\n");
    }
    Duration duration = Duration.ofNanos(System.nanoTime() - started);
    BatchResult result = new BatchResult(dump, exitCode, problem, log, duration);
    if (!stopped) {
      progress.finished(result);
    }
    return result;
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

  /** A gdb without a terminal: nobody answers its questions, and all that it says is logged. */
  private int launch(ProcessBuilder builder, CrashedMachine machine, Path log)
      throws IOException, InterruptedException {
    List<String> warnings = Summary.warnings(machine);
    Files.write(log, warnings);
    builder.command().add(1, "-batch");
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Process process = GdbRun.start(builder);
    processes.add(process);
    try {
      process.getOutputStream().close();
      if (stopped) {
        process.destroy();
      }
      return process.waitFor();
    } finally {
      process.destroy();
      processes.remove(process);
    }
  }
}
