package org.vmcore.it;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A server and a gdb on it, for all tests of a parameterized class. */
final class ServedGdb {
  private @Nullable Program program;
  private @Nullable GdbMi gdb;

  void connect(Program server, Function<Program, GdbMi> connect) {
    program = server;
    gdb = connect.apply(server);
  }

  Program program() {
    return started(program);
  }

  GdbMi gdb() {
    return started(gdb);
  }

  private static <T> T started(@Nullable T one) {
    if (one == null) {
      throw new AssertionError("gdb was not started");
    }
    return one;
  }

  /** Also where one of them could not be started. */
  void disconnect() {
    if (gdb != null) {
      gdb.close();
    }
    if (program != null) {
      program.close();
    }
  }
}
