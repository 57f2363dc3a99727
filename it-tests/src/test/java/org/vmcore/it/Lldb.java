package org.vmcore.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** LLDB in batch mode. */
final class Lldb {
  private Lldb() {}

  /** Runs commands after connecting to a server; skips the test where there is no LLDB. */
  static Command.Result run(Program server, String... commands) {
    return run(List.of(), server, commands);
  }

  /** The same with the symbols of a kernel. */
  static Command.Result runWithSymbols(Path vmlinux, Program server, String... commands) {
    return run(List.of(vmlinux.toString()), server, commands);
  }

  private static Command.Result run(List<String> files, Program server, String... commands) {
    String program =
        Stream.of("lldb-22", "lldb-21", "lldb-20", "lldb-19", "lldb-18", "lldb-16", "lldb")
            .filter(Command::isInstalled)
            .findFirst()
            .orElse("");
    assumeTrue(!program.isEmpty(), "lldb is not installed");
    List<String> words =
        new ArrayList<>(List.of(program, "--no-lldbinit", "--no-use-colors", "--batch"));
    words.addAll(files);
    words.addAll(List.of("-o", "gdb-remote " + server.address()));
    for (String command : commands) {
      words.addAll(List.of("-o", command));
    }
    return Command.of(words).run();
  }
}
