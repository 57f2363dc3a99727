package org.vmcore.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmcore.testing.Checkout;
import org.vmcore.testing.Command;
import org.vmcore.testing.RealDump;

/** The ways that SECURITY.md tells from elsewhere to a server that is its user's alone. */
@SuppressWarnings("NullAway.Init") // JUnit calls the method that starts the server
class TunnelTest {
  private static final Duration START = Duration.ofMinutes(1);
  private static final RealDump DUMP = RealDump.typed();

  @TempDir private Path directory;
  private Path socket;
  private Program server;

  @BeforeEach
  void serve() {
    Gdb.assumeInstalled();
    socket = directory.resolve("vmcore.sock");
    server = Program.start("serve", "--listen", "unix:" + socket, DUMP.file());
    server.awaitOutput(Pattern.compile("(?m)^Listening on "));
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
  }

  /** A command of that file, for a port and a socket of the test's. */
  private String command(String start, int port) throws IOException {
    String text = Files.readString(Checkout.root().resolve("SECURITY.md"));
    Matcher command = Pattern.compile("(?m)`?(" + start + "[^\\n`]*?) *(?:#.*|`|$)").matcher(text);
    assertThat(command.find()).as(start).isTrue();
    return command
        .group(1)
        .replace("/run/user/1000/vmcore.sock", socket.toString())
        .replace("1234", Integer.toString(port));
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static boolean isListening(int port) throws IOException {
    String state = "%04X 00000000:0000 0A".formatted(port);
    return Files.readString(Path.of("/proc/net/tcp")).contains(":" + state);
  }

  private static void assertShowsTheCrash(int port) {
    String shown = Gdb.batch().ex("target remote 127.0.0.1:" + port, "bt").run().all();
    assertThat(shown).contains("#0 ").contains("#3 ").doesNotContain("timed out");
  }

  private static void through(List<String> words, int port) {
    try (Program tunnel = Program.command(words)) {
      try {
        await().atMost(START).until(() -> isListening(port) || !tunnel.isAlive());
      } catch (RuntimeException e) {
        throw new AssertionError(tunnel.output(), e);
      }
      assertThat(tunnel.isAlive()).as(tunnel.output()).isTrue();
      assertShowsTheCrash(port);
    }
  }

  @Test
  void socatOpensItForOneDebugger() throws IOException {
    Command.assumeInstalled("socat");
    int port = freePort();
    through(List.of(command("socat", port).split(" ", -1)), port);
  }

  /** Which only root's sshd wants, and which the system's own makes when that is started. */
  private static void makePrivilegeSeparationDirectory() {
    try {
      Files.createDirectories(Path.of("/run/sshd"));
    } catch (IOException e) {
      // Who is not root needs none.
      return;
    }
  }

  /** Through a server of ssh that knows nobody but this test. */
  @Test
  void sshBringsItToAnotherMachine() throws IOException {
    Path sshd = Path.of("/usr/sbin/sshd");
    assumeTrue(Files.isExecutable(sshd), "sshd is not installed");
    Command.assumeInstalled("ssh");
    makePrivilegeSeparationDirectory();
    Path key = directory.resolve("key");
    Command.mustRun("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key);
    int sshPort = freePort();
    int port = freePort();
    Path config =
        Files.writeString(
            directory.resolve("config"),
            """
            Host CRASH_HOST
              HostName 127.0.0.1
              Port %d
              IdentityFile %s
              IdentitiesOnly yes
              StrictHostKeyChecking no
              UserKnownHostsFile /dev/null
            """
                .formatted(sshPort, key));
    List<String> words =
        List.of(
            sshd.toString(),
            "-D",
            "-e",
            "-f",
            "/dev/null",
            "-h",
            key.toString(),
            "-p",
            Integer.toString(sshPort),
            "-o",
            "ListenAddress=127.0.0.1",
            "-o",
            "PidFile=none",
            "-o",
            "StrictModes=no",
            "-o",
            "PermitRootLogin=prohibit-password",
            "-o",
            "AuthorizedKeysFile=" + key + ".pub");
    try (Program host = Program.command(words)) {
      await().atMost(START).until(() -> isListening(sshPort) || !host.isAlive());
      assumeTrue(host.isAlive(), () -> "sshd does not run here: " + host.output());
      String line = command("ssh -N", port).replace("ssh ", "ssh -F " + config + " ");
      through(List.of(line.split(" +", -1)), port);
    }
  }
}
