package org.vmcore.gdbstub.server;

import org.vmcore.gdbstub.rsp.Limits;
import org.vmcore.gdbstub.rsp.TestTarget;

/** Serves the test target until it is killed, for trying a debugger by hand. */
public final class TestServer {
  private TestServer() {}

  /**
   * @param arguments the address, and optionally the packet size
   */
  public static void main(String[] arguments) throws Exception {
    ListenAddress address = ListenAddress.parse(arguments[0]);
    Options options = Options.DEFAULT;
    if (arguments.length > 1) {
      options = options.withLimits(new Limits(Integer.decode(arguments[1])));
    }
    try (GdbServer server = GdbServer.start(address, TestTarget::new, options)) {
      System.err.println("Listening on " + server.address());
      server.awaitClosed();
    }
  }
}
