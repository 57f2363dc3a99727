package org.vmcore.gdbstub.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.arch.MissingFactException;
import org.vmcore.gdbstub.server.GdbServer;
import org.vmcore.gdbstub.server.ListenAddress;
import org.vmcore.gdbstub.target.CrashedMachine;

/**
 * Runs a gdb in the foreground on a socket that only this user can reach.
 *
 * @param vmlinux what gdb gets its symbols from
 */
record GdbRun(String gdb, Optional<Path> vmlinux, List<String> arguments) {

  /** Returns gdb's exit code. */
  int on(CrashedMachine machine) throws IOException, MissingFactException, InterruptedException {
    Path directory = Files.createTempDirectory("vmcore-gdbserver");
    Path socket = directory.resolve("gdb.socket");
    try (GdbServer server = Serving.start(machine, ListenAddress.parse("unix:" + socket), false)) {
      Process process = launch(commandLine(socket));
      Thread hook = new Thread(() -> outlast(process, server), "gdb");
      Runtime.getRuntime().addShutdownHook(hook);
      int exitCode = process.waitFor();
      Runtime.getRuntime().removeShutdownHook(hook);
      return exitCode;
    } finally {
      Files.deleteIfExists(socket);
      Files.deleteIfExists(directory);
    }
  }

  private Process launch(List<String> commandLine) throws IOException {
    try {
      return new ProcessBuilder(commandLine).inheritIO().start();
    } catch (IOException e) {
      throw new IOException(
          gdb + ": cannot be run; install gdb (apt-get install gdb), or name one with --gdb", e);
    }
  }

  private List<String> commandLine(Path socket) {
    List<String> line = new ArrayList<>(List.of(gdb, "-q"));
    vmlinux.ifPresent(file -> line.add(file.toString()));
    line.addAll(List.of("-ex", "target remote " + socket));
    line.addAll(arguments);
    return line;
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
