package org.vmcore.gdbstub.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketFileTest {
  @TempDir private Path directory;

  private static String permissions(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  /** Whatever the umask is: nobody else can reach the socket before it is private itself. */
  @Test
  void aSocketIsPrivateBeforeItCanBeConnectedTo() throws Exception {
    Path path = directory.resolve("socket");
    ListenAddress.Unix address = new ListenAddress.Unix(path);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      SocketFile file;
      try (SocketFile.Cradle cradle = SocketFile.cradle(address)) {
        assertThat(permissions(Objects.requireNonNull(cradle.path().getParent())))
            .isEqualTo("rwx------");
        server.bind(UnixDomainSocketAddress.of(cradle.path()));
        assertThat(path).doesNotExist();
        file = cradle.publish();
      }
      assertThat(permissions(path)).isEqualTo("rw-------");
      try (Stream<Path> all = Files.list(directory)) {
        assertThat(all).containsExactly(path);
      }
      try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        assertThat(client.connect(UnixDomainSocketAddress.of(path))).isTrue();
      }
      file.remove();
      assertThat(path).doesNotExist();
    }
  }

  @Test
  void whatHasThatNameInTheMeantimeStays() throws Exception {
    Path path = directory.resolve("socket");
    ListenAddress.Unix address = new ListenAddress.Unix(path);
    try (SocketFile.Cradle cradle = SocketFile.cradle(address);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(cradle.path()));
      Files.writeString(path, "of somebody else");
      assertThatThrownBy(cradle::publish).hasMessageContaining("in use already");
    }
    assertThat(path).hasContent("of somebody else");
  }

  @Test
  void aDirectoryThatIsNotThereIsNamed() {
    Path path = directory.resolve("absent").resolve("socket");
    assertThatThrownBy(() -> SocketFile.cradle(new ListenAddress.Unix(path)))
        .hasMessage(
            "cannot listen on unix:%s: %s: no such directory; make it, or name another path"
                .formatted(path, path.getParent()));
  }
}
