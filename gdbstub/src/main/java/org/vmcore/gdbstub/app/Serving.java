package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.MonitorCommands;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.rsp.Peer;
import org.vmcore.gdbstub.server.GdbServer;
import org.vmcore.gdbstub.server.ListenAddress;
import org.vmcore.gdbstub.server.Options;
import org.vmcore.gdbstub.stub.DebuggerView;
import org.vmcore.gdbstub.stub.VmcoreTarget;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;

/** Shows a machine to each debugger that connects. */
final class Serving {
  private Serving() {}

  /**
   * Starts a server.
   *
   * @param threads what debuggers see as threads at first
   * @param once whether it ends when the last debugger has gone
   * @throws MissingFactException when the machine cannot be shown at all: told now, not to the
   *     first debugger that connects
   */
  static GdbServer start(
      CrashedMachine machine, ListenAddress address, DebuggerView.Threads threads, boolean once)
      throws IOException, MissingFactException {
    if (threads == DebuggerView.Threads.TASKS) {
      machine.tasks();
    }
    machine.requireKnownOptions();
    // Meanwhile the rest is done. A debugger that connects before all is made is kept waiting.
    machine.servedSymbols().ifPresent(ServedSymbols::prepare);
    target(machine, threads, Peer.UNKNOWN);
    return GdbServer.start(
        address, peer -> targetUnchecked(machine, threads, peer), Options.DEFAULT.withOnce(once));
  }

  /** The same as the other, with the machine's CPUs as threads. */
  static void untilClosed(CrashedMachine machine, ListenAddress address, boolean once)
      throws IOException, MissingFactException, InterruptedException {
    untilClosed(machine, address, DebuggerView.Threads.CPUS, once);
  }

  /**
   * Says what the machine is and serves it until the server ends: by Ctrl-C, or with {@code once}
   * after the last debugger.
   */
  static void untilClosed(
      CrashedMachine machine, ListenAddress address, DebuggerView.Threads threads, boolean once)
      throws IOException, MissingFactException, InterruptedException {
    // At the other end of standard streams is a gdb, whose terminal this is.
    if (!(address instanceof ListenAddress.Stdio)) {
      Logging.verbose();
    }
    try (GdbServer server = start(machine, address, threads, once)) {
      Runtime.getRuntime().addShutdownHook(new Thread(server::close, "shutdown"));
      Summary.print(machine, System.err);
      if (server.address() instanceof ListenAddress.Unix unix) {
        System.err.println("Listening on " + unix);
      } else if (server.port() >= 0) {
        // In gdbserver's own words: IDEs and scripts look for this line.
        System.err.println("Listening on port " + server.port());
      }
      server.awaitClosed();
    }
  }

  private static VmcoreTarget target(
      CrashedMachine machine, DebuggerView.Threads threads, Peer peer) throws MissingFactException {
    return new VmcoreTarget(machine, threads, peer, MonitorCommands::new);
  }

  private static VmcoreTarget targetUnchecked(
      CrashedMachine machine, DebuggerView.Threads threads, Peer peer) {
    try {
      return target(machine, threads, peer);
    } catch (MissingFactException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
