package org.vmcore.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.config.keys.BuiltinClientIdentitiesWatcher;
import org.apache.sshd.client.config.keys.ClientIdentityLoader;
import org.apache.sshd.client.keyverifier.DefaultKnownHostsServerKeyVerifier;
import org.apache.sshd.client.keyverifier.KnownHostsServerKeyVerifier;
import org.apache.sshd.client.keyverifier.RejectAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClientFactory;
import org.apache.sshd.sftp.common.SftpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.RemoteFile;

/**
 * {@code sftp://user@host:port/path}, and {@code ssh:} for the same; {@code /~/} begins in the
 * user's home there. As ssh(1) has it: hosts of {@code ~/.ssh/known_hosts} and no others, names of
 * {@code ~/.ssh/config}, the user's agent and keys. Nobody is asked for a password.
 */
final class SftpTransport implements Transport {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Directories within each other, more than anybody has. */
  private static final int DEEPEST = 32;

  private final Map<String, String> environment;

  SftpTransport(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Set<String> schemes() {
    return Set.of("sftp", "ssh");
  }

  @Override
  public DumpInput open(RemoteUri uri, Optional<RemoteCache> cache, OpenOptions options)
      throws IOException {
    Traffic traffic = new Traffic();
    AtomicBoolean unknownHost = new AtomicBoolean();
    SshClient client = client(unknownHost);
    try {
      SftpObject object =
          SftpObject.open(uri, client, c -> connect(c, uri, unknownHost), Retries.usual(), traffic);
      return RemoteInput.of(object, uri, cache, traffic, options.progress());
    } catch (IOException | RuntimeException e) {
      client.stop();
      throw e;
    }
  }

  /** Those below in directories, too; links are not followed. */
  @Override
  public List<RemoteFile> list(RemoteUri uri, OpenOptions options) throws IOException {
    AtomicBoolean unknownHost = new AtomicBoolean();
    SshClient client = client(unknownHost);
    try (ClientSession session = connect(client, uri, unknownHost);
        SftpClient sftp = SftpClientFactory.instance().createSftpClient(session)) {
      String path = SftpObject.path(uri).replaceFirst("/+$", "");
      List<RemoteFile> files = new ArrayList<>();
      String base = uri.uri().toString().replaceFirst("/+$", "");
      list(sftp, path.isEmpty() ? "/" : path, base, 0, files);
      return files;
    } catch (SftpException e) {
      throw new IOException(uri.shown() + ": cannot be listed: " + e.getMessage(), e);
    } finally {
      client.stop();
    }
  }

  private static void list(
      SftpClient sftp, String directory, String uri, int depth, List<RemoteFile> files)
      throws IOException {
    for (SftpClient.DirEntry entry : sftp.readDir(directory)) {
      String name = entry.getFilename();
      SftpClient.Attributes attributes = entry.getAttributes();
      String path = directory + "/" + name;
      String encoded = uri + "/" + URLEncoder.encode(name, UTF_8).replace("+", "%20");
      if (attributes.isDirectory() && !name.equals(".") && !name.equals("..")) {
        if (depth < DEEPEST) {
          list(sftp, path, encoded, depth + 1, files);
        }
      } else if (attributes.isRegularFile()) {
        FileTime modified = attributes.getModifyTime();
        files.add(
            new RemoteFile(
                encoded,
                attributes.getSize(),
                modified == null ? Instant.EPOCH : modified.toInstant()));
      }
    }
  }

  private SshClient client(AtomicBoolean unknownHost) {
    Path keys = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".ssh");
    SshClient client = SshClient.setUpDefaultClient();
    KnownHostsServerKeyVerifier known =
        new DefaultKnownHostsServerKeyVerifier(
            RejectAllServerKeyVerifier.INSTANCE, true, keys.resolve("known_hosts"));
    client.setServerKeyVerifier(
        (session, address, key) -> {
          boolean accepted = known.verifyServerKey(session, address, key);
          unknownHost.set(!accepted);
          return accepted;
        });
    client.setKeyIdentityProvider(
        new BuiltinClientIdentitiesWatcher(
            keys, true, ClientIdentityLoader.DEFAULT, FilePasswordProvider.EMPTY, false));
    String agent = environment.getOrDefault("SSH_AUTH_SOCK", "");
    if (!agent.isEmpty()) {
      client.setAgentFactory(new AgentFactory(Path.of(agent)));
    }
    client.start();
    return client;
  }

  private static ClientSession connect(SshClient client, RemoteUri named, AtomicBoolean unknownHost)
      throws IOException {
    URI uri = named.uri();
    String user = uri.getUserInfo() == null ? System.getProperty("user.name") : uri.getUserInfo();
    int port = uri.getPort() < 0 ? 22 : uri.getPort();
    try {
      ClientSession session =
          client.connect(user, uri.getHost(), port).verify(PATIENCE).getSession();
      try {
        session.auth().verify(PATIENCE);
        return session;
      } catch (IOException | RuntimeException e) {
        session.close(true);
        throw e;
      }
    } catch (SshException e) {
      if (e.getCause() instanceof ConnectException) {
        throw new IOException(named.shown() + ": the host cannot be reached", e);
      }
      String reason =
          unknownHost.get()
              ? "the key of its host is not the one in ~/.ssh/known_hosts; connect with ssh first"
              : "cannot log in as %s: %s; does 'ssh' without a password?"
                  .formatted(user, e.getMessage());
      throw new IOException(named.shown() + ": " + reason, e);
    } catch (IOException e) {
      throw new IOException(named.shown() + ": " + e.getMessage(), e);
    }
  }
}
