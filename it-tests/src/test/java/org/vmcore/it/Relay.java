package org.vmcore.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Brings connections to a server as ssh does: what is at the other end is this process then, and no
 * debugger that shares files with the server.
 */
final class Relay implements AutoCloseable {
  private final ServerSocket listener;
  private final int port;
  private final AtomicLong bytes = new AtomicLong();

  Relay(Program server) {
    try {
      listener = new ServerSocket(0, 4, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    port = server.port();
    start(this::accept);
  }

  String address() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  /** That the server has sent to those who have left. */
  long bytes() {
    return bytes.get();
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket debugger = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
        debugger.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        start(() -> copy(debugger, server));
        start(() -> bytes.addAndGet(copy(server, debugger)));
      } catch (IOException e) {
        return;
      }
    }
  }

  private static long copy(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      return in.transferTo(out);
    } catch (IOException e) {
      // One of them has gone, and both are closed.
      return 0;
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
