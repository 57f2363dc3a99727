package org.vmcore.gdbstub.server;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.rsp.Client;
import org.vmcore.gdbstub.rsp.ClientGoneException;

/** One session over a pair of streams, which ends with it. */
final class StreamServer implements GdbServer, Client, SessionWorker.Source {
  private static final Logger log = LoggerFactory.getLogger(StreamServer.class);

  private final InputStream in;
  private final OutputStream out;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean gone;

  private StreamServer(InputStream in, OutputStream out) {
    this.in = in;
    this.out = out;
  }

  /** Takes the process's own streams, past whatever System.in and System.out have become. */
  static GdbServer standard(GdbServer.Targets targets, Options options) {
    return start(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        targets,
        options);
  }

  static GdbServer start(
      InputStream in, OutputStream out, GdbServer.Targets targets, Options options) {
    StreamServer server = new StreamServer(in, out);
    Thread thread =
        new Thread(
            () -> {
              SessionWorker.run(
                  () -> targets.of(Peers.ofParent()), options.limits(), server, server);
              server.close();
            },
            "session-stdio");
    thread.setDaemon(true);
    thread.start();
    return server;
  }

  @Override
  public boolean isIdle() {
    try {
      return in.available() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public int read(byte[] destination) {
    try {
      return gone ? -1 : in.read(destination);
    } catch (IOException e) {
      log.debug("Standard input", e);
      return -1;
    }
  }

  @Override
  public synchronized void send(byte[] bytes, int offset, int length) {
    try {
      out.write(bytes, offset, length);
      out.flush();
    } catch (IOException e) {
      gone = true;
      log.debug("Standard output", e);
      throw new ClientGoneException();
    }
  }

  @Override
  public boolean isGone() {
    return gone;
  }

  @Override
  public ListenAddress address() {
    return new ListenAddress.Stdio();
  }

  @Override
  public void awaitClosed() throws InterruptedException {
    closed.await();
  }

  /** The streams stay open: they are not ours, and a read that waits cannot be ended anyway. */
  @Override
  public void close() {
    gone = true;
    closed.countDown();
  }
}
