package org.vmcore.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vmcore.testing.Command;

/** LLDB in batch mode. */
final class Lldb {
  private Lldb() {}

  /** Runs commands after connecting to a server; skips the test where there is no LLDB. */
  static Command.Result run(Program server, String... commands) {
    return run(Debugger.LLDB, List.of(), server, commands);
  }

  /** The same with the symbols of a kernel. */
  static Command.Result runWithSymbols(Path vmlinux, Program server, String... commands) {
    return run(Debugger.LLDB, List.of(vmlinux), server, commands);
  }

  /**
   * The same with one of several LLDBs.
   *
   * @param files what it is given to debug
   */
  static Command.Result run(Debugger lldb, List<Path> files, Program server, String... commands) {
    List<String> words =
        new ArrayList<>(List.of(lldb.program(), "--no-lldbinit", "--no-use-colors", "--batch"));
    files.forEach(file -> words.add(file.toString()));
    words.addAll(List.of("-o", "gdb-remote " + server.address()));
    for (String command : commands) {
      words.addAll(List.of("-o", command));
    }
    return Command.of(words).run();
  }
}
