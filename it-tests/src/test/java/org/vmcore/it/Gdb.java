package org.vmcore.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.vmcore.testing.Command;

/** A stock gdb in batch mode. */
final class Gdb {
  /** No file of the user, no network, no questions, no breaking of lines. */
  static final List<String> QUIET =
      List.of(
          "-nx",
          "-q",
          "-iex",
          "set debuginfod enabled off",
          "-iex",
          "set index-cache enabled off",
          "-iex",
          "set pagination off",
          "-iex",
          "set confirm off",
          "-iex",
          "set width 0",
          "-iex",
          "set style enabled off");

  private final List<String> words = new ArrayList<>();
  private Duration limit = Duration.ofSeconds(60);

  private Gdb(String program) {
    words.add(program);
    words.add("-batch");
    words.addAll(QUIET);
  }

  /** Skips the test where there is no gdb. */
  static Gdb batch() {
    assumeInstalled();
    return new Gdb("gdb");
  }

  /** One of several gdbs; skips the test where it cannot be had. */
  static Gdb batch(Debugger gdb) {
    return new Gdb(gdb.program());
  }

  /** The gdb that knows all architectures; skips the test where there is none. */
  static Gdb multiarch() {
    assumeInstalled("gdb-multiarch");
    return new Gdb("gdb-multiarch");
  }

  static void assumeInstalled() {
    assumeInstalled("gdb");
  }

  static void assumeInstalled(String program) {
    assumeTrue(Command.isInstalled(program), program + " is not installed");
  }

  Gdb symbols(Path vmlinux) {
    words.add(vmlinux.toString());
    return this;
  }

  Gdb connect(Program server) {
    return ex("target remote " + server.address());
  }

  Gdb ex(String... commands) {
    for (String command : commands) {
      words.add("-ex");
      words.add(command);
    }
    return this;
  }

  Gdb limit(Duration value) {
    limit = value;
    return this;
  }

  List<String> words() {
    return List.copyOf(words);
  }

  Command.Result run() {
    return Command.of(words).limit(limit).environment("HOME", "/nonexistent").run();
  }
}
