package org.vmcore.gdbstub.app;

import java.io.File;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.dump.SymbolsReport;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.server.GdbServer;
import org.vmcore.gdbstub.server.ListenAddress;
import org.vmcore.gdbstub.stub.DebuggerView;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/**
 * Runs a gdb in the foreground on a socket that only this user can reach. Its symbols come from the
 * machine's vmlinux, if there is one.
 *
 * @param gdb the program
 * @param threads what it sees as threads at first
 * @param arguments what gdb is to do once it has connected
 */
record GdbRun(String gdb, DebuggerView.Threads threads, List<String> arguments) {

  /** One that sees the machine's CPUs. */
  GdbRun(String gdb, List<String> arguments) {
    this(gdb, DebuggerView.Threads.CPUS, arguments);
  }

  /** Debian's and Ubuntu's gdb for all architectures; elsewhere every gdb is one. */
  private static final String MULTIARCH = "gdb-multiarch";

  /** The first half of this machine's target triple where Java has a name of its own for it. */
  private static final Map<String, String> HOST_TRIPLE_NAMES = Map.of("amd64", "x86_64");

  /** The gdb that is most likely to know an architecture. */
  static String programFor(Architecture architecture) {
    String host = System.getProperty("os.arch", "");
    boolean isHosts = HOST_TRIPLE_NAMES.getOrDefault(host, host).equals(architecture.tripleName());
    return !isHosts && isThere(MULTIARCH) ? MULTIARCH : "gdb";
  }

  /** Whether a program is there: by its path, or by its name in one of the directories of PATH. */
  static boolean isThere(String program) {
    if (program.contains(File.separator)) {
      return Files.isExecutable(Path.of(program));
    }
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return Stream.of(path.split(File.pathSeparator, -1))
        .filter(directory -> !directory.isEmpty())
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /** Runs a gdb that is ready to be started, to its end. */
  @FunctionalInterface
  interface Runner {
    /** Returns its exit code. */
    int run(ProcessBuilder gdb, GdbServer server) throws IOException, InterruptedException;
  }

  /** Runs gdb on this program's terminal and returns its exit code. */
  int on(CrashedMachine machine) throws IOException, MissingFactException, InterruptedException {
    return on(machine, GdbRun::inForeground);
  }

  /** Has gdb run and returns its exit code. */
  int on(CrashedMachine machine, Runner runner)
      throws IOException, MissingFactException, InterruptedException {
    Path directory = Files.createTempDirectory("vmcore-gdbserver");
    Path socket = directory.resolve("gdb.socket");
    try (GdbServer server =
        Serving.start(machine, ListenAddress.parse("unix:" + socket), threads, false)) {
      return runner.run(new ProcessBuilder(commandLine(machine, socket)), server);
    } finally {
      Files.deleteIfExists(socket);
      Files.deleteIfExists(directory);
    }
  }

  private static int inForeground(ProcessBuilder gdb, GdbServer server)
      throws IOException, InterruptedException {
    Process process = start(gdb.inheritIO());
    Thread hook = new Thread(() -> outlast(process, server), "gdb");
    Runtime.getRuntime().addShutdownHook(hook);
    int exitCode = process.waitFor();
    Runtime.getRuntime().removeShutdownHook(hook);
    return exitCode;
  }

  static Process start(ProcessBuilder gdb) throws IOException {
    try {
      return gdb.start();
    } catch (IOException e) {
      throw new IOException(
          gdb.command().get(0)
              + ": cannot be run; install gdb (apt-get install gdb), or name one with --gdb",
          e);
    }
  }

  private List<String> commandLine(CrashedMachine machine, Path socket)
      throws MissingFactException {
    List<String> line = new ArrayList<>(List.of(gdb, "-q"));
    // Served symbols are better: gdb unwinds further with them. Local ones load faster.
    if (machine.vmlinux().isPresent() && !SymbolsReport.areServed(machine)) {
      line.addAll(symbols(machine.vmlinux().get(), machine.kernelSpace().kaslrOffset().orElse(0)));
    } else {
      // A target description says nothing of it, and gdb takes ppc64 to be big-endian.
      boolean little = machine.byteOrder() == ByteOrder.LITTLE_ENDIAN;
      line.addAll(List.of("-ex", "set endian " + (little ? "little" : "big")));
    }
    line.addAll(List.of("-ex", "target remote " + socket));
    line.addAll(arguments);
    return line;
  }

  /**
   * A vmlinux given as the program is relocated by {@code qOffsets}, and all of it: per-CPU
   * symbols, too, that KASLR did not move. For these it is added as a symbol file that excepts
   * their section; as the program it then is the executable only, lest gdb warn that there is none.
   */
  private static List<String> symbols(Vmlinux vmlinux, long kaslrOffset) {
    String file = vmlinux.path().toString();
    if (kaslrOffset == 0 || !vmlinux.hasZeroBasedPerCpu()) {
      return List.of(file);
    }
    String add =
        "add-symbol-file \"%s\" -o %#x -s %s 0"
            .formatted(file, kaslrOffset, Vmlinux.PER_CPU_SECTION);
    return List.of("-e", file, "-ex", "set confirm off", "-ex", add, "-ex", "set confirm on");
  }

  /**
   * Ctrl-C on the terminal reaches this process too, but it is meant for gdb: the server goes on
   * until gdb ends by itself.
   */
  private static void outlast(Process process, GdbServer server) {
    try {
      int exitCode = process.waitFor();
      server.close();
      Runtime.getRuntime().halt(exitCode);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
