package org.vmcore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.vmcore.testing.RealDump;

/** Whatever comes over the network costs a packet or a session, never the server. */
@SuppressWarnings("NullAway.Init") // JUnit calls the method that starts the server
class HostileClientTest {
  private static Program server;

  @BeforeAll
  static void serve() {
    server = Program.serve(RealDump.typed().file());
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
    }
  }

  /** The next client is served as if nothing had happened. */
  @AfterEach
  void othersAreServed() throws IOException {
    try (Socket socket = connect()) {
      assertThat(exchange(socket, "$?#3f")).contains("$T05");
    }
    assertThat(server.output()).doesNotContain("Exception");
  }

  private static Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(60_000);
    return socket;
  }

  /** Sends text and reads up to the end of the first packet that comes back. */
  private static String exchange(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    StringBuilder answer = new StringBuilder();
    int afterHash = -1;
    while (afterHash != 2) {
      int c = socket.getInputStream().read();
      if (c < 0) {
        break;
      }
      answer.append((char) c);
      afterHash = c == '#' ? 0 : afterHash < 0 ? -1 : afterHash + 1;
    }
    return answer.toString();
  }

  @Test
  void malformedPacketCostsThatPacket() throws IOException {
    try (Socket socket = connect()) {
      // "m" wants an address and a length.
      assertThat(exchange(socket, "$mxyz#d8")).startsWith("+$E");
      assertThat(exchange(socket, "+$?#3f")).contains("$T05");
    }
  }

  @Test
  void oversizedPacketCostsThatSession() throws IOException {
    try (Socket socket = connect()) {
      byte[] flood = new byte[64 << 20];
      Arrays.fill(flood, (byte) 'm');
      flood[0] = '$';
      OutputStream out = socket.getOutputStream();
      int answer;
      try {
        out.write(flood);
        answer = socket.getInputStream().read();
      } catch (SocketException e) {
        answer = -1; // Closed while it was still being sent to.
      }
      assertThat(answer).isEqualTo(-1);
    }
  }

  @Test
  void noise() throws IOException {
    Random random = new Random(1);
    for (int i = 0; i < 20; i++) {
      try (Socket socket = connect()) {
        byte[] noise = new byte[10_000];
        random.nextBytes(noise);
        socket.getOutputStream().write(noise);
      }
    }
  }

  @Test
  void halfAPacketAndGone() throws IOException {
    for (int i = 0; i < 20; i++) {
      try (Socket socket = connect()) {
        socket.getOutputStream().write("$mffffffff81000000,1".getBytes(ISO_8859_1));
      }
    }
  }

  /** A client that asks for much and reads nothing must not hold up another. */
  @Test
  void clientThatDoesNotRead() throws IOException {
    try (Socket deaf = connect()) {
      byte[] asking = "$mffffffff81000000,8000#1a".repeat(1000).getBytes(ISO_8859_1);
      deaf.getOutputStream().write(asking);
      othersAreServed();
    }
  }
}
