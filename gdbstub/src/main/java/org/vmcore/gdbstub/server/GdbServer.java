package org.vmcore.gdbstub.server;

import java.io.IOException;
import java.util.function.Supplier;
import org.vmcore.gdbstub.rsp.Peer;
import org.vmcore.gdbstub.rsp.Target;

/** A server that debuggers connect to. Listens from {@link #start} to {@link #close}. */
public interface GdbServer extends AutoCloseable {

  /**
   * Begins to listen.
   *
   * @param targets makes what one debugger is shown; called by that session's own thread
   * @throws IOException when it cannot; the message is one line that names the address and says
   *     what to do
   */
  static GdbServer start(ListenAddress address, Targets targets, Options options)
      throws IOException {
    if (address instanceof ListenAddress.Stdio) {
      return StreamServer.standard(targets, options);
    }
    return NettyServer.listen(address, targets, options);
  }

  /** The same where every debugger is shown the same. */
  static GdbServer start(ListenAddress address, Supplier<? extends Target> targets, Options options)
      throws IOException {
    return start(address, peer -> targets.get(), options);
  }

  /** Makes what one debugger is shown. */
  @FunctionalInterface
  interface Targets {
    Target of(Peer peer);
  }

  /** The address in use; a TCP port that was 0 is the one that was found. */
  ListenAddress address();

  /** The TCP port, or -1 where there is none. */
  default int port() {
    return address() instanceof ListenAddress.Tcp tcp ? tcp.port() : -1;
  }

  /** Returns when the server has ended, by {@link #close} or by its options. */
  void awaitClosed() throws InterruptedException;

  /** Ends all sessions and stops listening. May be called again. */
  @Override
  void close();
}
