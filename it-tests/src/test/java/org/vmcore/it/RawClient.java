package org.vmcore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.HexFormat;

/** A debugger reduced to its packets (GDB manual, "Remote Protocol"). */
final class RawClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 60_000;

  private final Socket socket;
  private final InputStream in;
  private boolean acknowledges = true;

  /** Connects and agrees on what gdb agrees on, or says nothing yet. */
  private RawClient(int port, boolean talks) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
    if (talks) {
      ask("qSupported:multiprocess+;swbreak+");
      ask("QStartNoAckMode");
      acknowledges = false;
    }
  }

  static RawClient connect(int port) throws IOException {
    return new RawClient(port, true);
  }

  static RawClient silent(int port) throws IOException {
    return new RawClient(port, false);
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  void post(String packet) throws IOException {
    send(framed(packet));
  }

  static byte[] framed(String packet) {
    int sum = packet.chars().sum() & 0xff;
    return "$%s#%02x".formatted(packet, sum).getBytes(ISO_8859_1);
  }

  /** The answer to a packet. */
  String ask(String packet) throws IOException {
    post(packet);
    return answer();
  }

  /** What a {@code monitor} command prints. */
  String monitor(String command) throws IOException {
    post("qRcmd," + HexFormat.of().formatHex(command.getBytes(UTF_8)));
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    String answer = answer();
    for (; answer.startsWith("O") && !answer.equals("OK"); answer = answer()) {
      text.writeBytes(HexFormat.of().parseHex(answer.substring(1)));
    }
    return text.toString(UTF_8) + (answer.equals("OK") ? "" : answer);
  }

  /** The next packet's payload, with run lengths written out. */
  private String answer() throws IOException {
    while (next() != '$') {
      // Acknowledgements, and signs of life.
    }
    StringBuilder payload = new StringBuilder();
    for (int c = next(); c != '#'; c = next()) {
      if (c == '*') {
        char repeated = payload.charAt(payload.length() - 1);
        payload.append(String.valueOf(repeated).repeat(next() - 29));
      } else {
        payload.append((char) (c == '}' ? next() ^ 0x20 : c));
      }
    }
    next();
    next();
    if (acknowledges) {
      send(new byte[] {'+'});
    }
    return payload.toString();
  }

  private int next() throws IOException {
    int c = in.read();
    if (c < 0) {
      throw new EOFException("the server hung up");
    }
    return c;
  }

  /** Ends without a word, as when the machine of a debugger dies. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
