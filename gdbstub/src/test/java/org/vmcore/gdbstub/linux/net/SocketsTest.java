package org.vmcore.gdbstub.linux.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmcore.gdbstub.linux.MadeKernel;
import org.vmcore.gdbstub.linux.MadeKernel.Made;
import org.vmcore.gdbstub.linux.net.Sockets.Found;

/** What an open file of sockfs is (Linux include/net/sock.h). */
class SocketsTest {
  private static final int INET = 2;
  private static final int UNIX = 1;
  private static final int STREAM = 1;
  private static final int LISTEN = 10;

  private final MadeKernel kernel =
      new MadeKernel(
          """
          struct sock_common {
            char skc_daddr[4];
            char skc_rcv_saddr[4];
            char skc_dport[4];
            unsigned int skc_num;
            unsigned int skc_family;
            unsigned int skc_state;
          };
          struct sock {
            struct sock_common __sk_common;
          };
          struct file {
            void *private_data;
          };
          struct socket {
            unsigned int state;
            unsigned int type;
            struct file *file;
            struct sock *sk;
          };
          """);
  private final Made sock = kernel.object("sock");
  private final Made file = kernel.object("file");
  private final Made socket =
      kernel.object("socket").set("type", STREAM).set("file", file).set("sk", sock);

  private Optional<Found> found() throws Exception {
    return Sockets.of(kernel.memory(), file.address());
  }

  private static String bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Addresses and the other's port are in the network's order, the own number is a plain one. */
  @Test
  void aConnectionHasItsTwoEndsAndItsState() throws Exception {
    file.set("private_data", socket);
    // Texts end with a NUL, over which the next one goes.
    sock.set("__sk_common.skc_daddr", bytes(10, 1, 2, 3))
        .set("__sk_common.skc_rcv_saddr", bytes(127, 0, 0, 1))
        .set("__sk_common.skc_dport", bytes(0x1f, 0x90))
        .set("__sk_common.skc_num", 8080)
        .set("__sk_common.skc_family", INET)
        .set("__sk_common.skc_state", LISTEN);

    assertThat(found())
        .hasValue(
            new Found(
                socket.address(),
                sock.address(),
                "INET",
                "STREAM",
                Optional.of("127.0.0.1-8080"),
                Optional.of("10.1.2.3-8080"),
                Optional.of("LISTEN")));
  }

  @Test
  void othersThanThoseOfIpHaveNoEnds() throws Exception {
    file.set("private_data", socket);
    sock.set("__sk_common.skc_family", UNIX);

    assertThat(found())
        .hasValue(
            new Found(
                socket.address(),
                sock.address(),
                "UNIX",
                "STREAM",
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
  }

  /** The private data of other files are whatever their drivers want. */
  @Test
  void whatDoesNotPointBackIsNoSocket() throws Exception {
    assertThat(found()).isEmpty();
    file.set("private_data", kernel.object("socket").set("sk", sock));
    assertThat(found()).isEmpty();
  }
}
