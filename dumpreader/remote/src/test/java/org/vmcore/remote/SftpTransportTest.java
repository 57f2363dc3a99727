package org.vmcore.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.RemoteFile;

/** Against Apache's own server; the truth is the file that it serves. */
class SftpTransportTest {
  private static final String KIND = "ecdsa-sha2-nistp256";
  private static final int SIZE = (5 << 20) + 777;

  @TempDir Path directory;

  private final byte[] bytes = new byte[SIZE];
  private SshServer server;
  private Path file;
  private Path home;

  @BeforeEach
  void start() throws Exception {
    new Random(1).nextBytes(bytes);
    Path served = Files.createDirectory(directory.resolve("served"));
    file = Files.write(served.resolve("a core"), bytes);
    KeyPair host = KeyUtils.generateKeyPair(KIND, 256);
    KeyPair user = KeyUtils.generateKeyPair(KIND, 256);
    server = SshServer.setUpDefaultServer();
    server.setHost("127.0.0.1");
    server.setKeyPairProvider(KeyPairProvider.wrap(host));
    server.setPublickeyAuthenticator(
        (name, key, session) -> name.equals("me") && KeyUtils.compareKeys(key, user.getPublic()));
    server.setSubsystemFactories(List.of(new SftpSubsystemFactory()));
    server.setFileSystemFactory(new VirtualFileSystemFactory(served));
    server.start();
    home = Files.createDirectory(directory.resolve("home"));
    Path keys =
        Files.createDirectory(
            home.resolve(".ssh"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(
        keys.resolve("known_hosts"),
        "[127.0.0.1]:%d %s\n"
            .formatted(server.getPort(), PublicKeyEntry.toString(host.getPublic())));
    Path key = keys.resolve("id_ecdsa");
    try (OutputStream out = Files.newOutputStream(key)) {
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(user, "", null, out);
    }
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
  }

  @AfterEach
  void stop() throws IOException {
    server.stop(true);
  }

  private RemoteUri uri(String user, String path) throws IOException {
    return RemoteUri.parse("sftp://%s@127.0.0.1:%d%s".formatted(user, server.getPort(), path));
  }

  private DumpInput open(String user, String path) throws IOException {
    RemoteUri uri = uri(user, path);
    return new SftpTransport(Map.of("HOME", home.toString()))
        .open(uri, Optional.empty(), OpenOptions.defaults());
  }

  private void assertSame(DumpInput input, int position, int length) throws IOException {
    byte[] got = new byte[length];
    int expected = Math.min(length, SIZE - position);
    assertThat(input.read(position, got, 0, length)).isEqualTo(expected);
    assertThat(Arrays.copyOf(got, expected))
        .isEqualTo(Arrays.copyOfRange(bytes, position, position + expected));
  }

  @Test
  void readsAtAnyPositionWhatTheFileHas() throws IOException {
    try (DumpInput input = open("me", "/a core")) {
      assertThat(input.size()).isEqualTo(SIZE);
      Random random = new Random(2);
      for (int i = 0; i < 50; i++) {
        assertSame(input, random.nextInt(SIZE), random.nextInt(200_000));
      }
      assertSame(input, 0, SIZE);
    }
  }

  @Test
  void listsAllThatIsBelow() throws IOException {
    Path below = Files.createDirectories(file.resolveSibling("2026/host?%"));
    Path other = Files.write(below.resolve("vmcore"), new byte[5]);
    Instant time = Instant.parse("2026-11-01T00:00:00Z");
    Files.setLastModifiedTime(other, FileTime.from(time));
    Files.createSymbolicLink(below.resolve("loop"), Path.of(".."));

    RemoteUri root = uri("me", "/");
    List<RemoteFile> files =
        new SftpTransport(Map.of("HOME", home.toString())).list(root, OpenOptions.defaults());
    assertThat(files)
        .extracting(RemoteFile::uri)
        .containsExactlyInAnyOrder(
            root.shown() + "a%20core", root.shown() + "2026/host%3F%25/vmcore");
    assertThat(files).contains(new RemoteFile(root.shown() + "2026/host%3F%25/vmcore", 5, time));
    try (DumpInput input = open("me", "/2026/host%3F%25/vmcore")) {
      assertThat(input.size()).isEqualTo(5);
    }
  }

  @Test
  void aBrokenConnectionIsMadeAgain() throws IOException {
    try (DumpInput input = open("me", "/a core")) {
      server.getActiveSessions().forEach(session -> session.close(true));
      assertSame(input, 3 << 20, 100_000);
    }
  }

  @Test
  void refusesAFileThatChanged() throws IOException {
    try (DumpInput input = open("me", "/a core")) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
      assertThatThrownBy(() -> input.read(3 << 20, new byte[10], 0, 10))
          .hasMessageContaining("has changed since it was opened");
    }
  }

  @Test
  void saysWhatIsWrong() throws IOException {
    assertThatThrownBy(() -> open("me", "/none")).hasMessageEndingWith("/none: no such file");
    assertThatThrownBy(() -> open("you", "/a core")).hasMessageContaining("cannot log in as you");
    Files.writeString(home.resolve(".ssh/known_hosts"), "");
    assertThatThrownBy(() -> open("me", "/a core"))
        .hasMessageContaining("the key of its host is not the one in ~/.ssh/known_hosts");
    server.stop(true);
    assertThatThrownBy(() -> open("me", "/a core")).hasMessageContaining("cannot be reached");
  }
}
