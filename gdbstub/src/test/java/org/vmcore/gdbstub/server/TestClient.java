package org.vmcore.gdbstub.server;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.vmcore.gdbstub.rsp.Wire;

/** A debugger at the other end of a real socket. */
final class TestClient implements Closeable {
  private final SocketChannel channel;
  private final ByteBuffer received = ByteBuffer.allocate(64 << 10).flip();

  private TestClient(SocketChannel channel) {
    this.channel = channel;
  }

  static TestClient tcp(GdbServer server) throws IOException {
    return connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
  }

  static TestClient unix(Path path) throws IOException {
    return connect(UnixDomainSocketAddress.of(path));
  }

  private static TestClient connect(SocketAddress address) throws IOException {
    return new TestClient(SocketChannel.open(address));
  }

  /** A connection without acknowledgements, where each packet has one answer. */
  TestClient quiet() throws IOException {
    ask("QStartNoAckMode");
    return this;
  }

  String ask(String packet) throws IOException {
    send(Wire.frame(packet));
    return answer();
  }

  void send(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** The next packet's payload; what is between packets is skipped. */
  String answer() throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    int b = next();
    while (b != '$') {
      b = next();
    }
    for (; b != '#'; b = next()) {
      frame.write(b);
    }
    frame.write(b);
    frame.write(next());
    frame.write(next());
    return Wire.parse(frame.toByteArray()).get(0);
  }

  /** Whether the server has closed the connection. */
  boolean isClosed() throws IOException {
    try {
      next();
      return false;
    } catch (EOFException e) {
      return true;
    }
  }

  private int next() throws IOException {
    if (!received.hasRemaining()) {
      received.clear();
      int count = channel.read(received);
      received.flip();
      if (count < 0) {
        throw new EOFException();
      }
    }
    return received.get();
  }

  /** For tests that do with the socket what no debugger does. */
  SocketChannel channel() {
    return channel;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
