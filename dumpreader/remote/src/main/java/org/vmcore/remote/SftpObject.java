package org.vmcore.remote;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.SftpClient.CloseableHandle;
import org.apache.sshd.sftp.client.SftpClientFactory;
import org.apache.sshd.sftp.client.impl.AbstractSftpClient;
import org.apache.sshd.sftp.client.impl.SftpInputStreamAsync;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.jspecify.annotations.Nullable;

/**
 * A file of a host, by SFTP (draft-ietf-secsh-filexfer-02, "Reading and Writing"). A piece is many
 * of its reads, which are all sent before the first is answered. A connection that breaks is made
 * again; the file is known by its size and the time of its last change.
 */
final class SftpObject implements RemoteObject {
  /** In one read: what every server sends. */
  private static final int READ = 32 << 10;

  private static final int HEAD = 512 << 10;

  private final RemoteUri uri;
  private final SshClient client;
  private final Connector connector;
  private final Retries retries;
  private final Traffic traffic;
  private final String path;
  private final long size;
  private final String version;
  private final byte[] head;

  /** Guarded by this. */
  private @Nullable Link link;

  /** Makes a session whose host is known and which is logged in. */
  @FunctionalInterface
  interface Connector {
    ClientSession connect(SshClient client) throws IOException;
  }

  /** An open file. */
  private record Link(ClientSession session, SftpClient sftp, CloseableHandle handle) {
    void close() {
      // The session closes the rest.
      session.close(true);
    }
  }

  private SftpObject(
      RemoteUri uri,
      SshClient client,
      Connector connector,
      Retries retries,
      Traffic traffic,
      String path,
      Link link,
      Attributes attributes)
      throws IOException {
    this.uri = uri;
    this.client = client;
    this.connector = connector;
    this.retries = retries;
    this.traffic = traffic;
    this.path = path;
    this.link = link;
    this.size = attributes.getSize();
    this.version = version(attributes);
    this.head = size == 0 ? new byte[0] : read(link, 0, (int) Math.min(HEAD, size));
  }

  /** Opens it; the client is stopped with it, not when this fails. */
  static SftpObject open(
      RemoteUri uri, SshClient client, Connector connector, Retries retries, Traffic traffic)
      throws IOException {
    String path = path(uri);
    Link link = link(uri, client, connector, path);
    try {
      Attributes attributes = link.sftp().stat(link.handle());
      if (!attributes.isRegularFile()) {
        throw new IOException(uri.shown() + ": is no file");
      }
      return new SftpObject(uri, client, connector, retries, traffic, path, link, attributes);
    } catch (IOException | RuntimeException e) {
      link.close();
      throw e;
    }
  }

  /** On its host; a relative one begins in the user's home. */
  static String path(RemoteUri uri) {
    return uri.uri().getPath().replaceFirst("^/~/", "");
  }

  private static Link link(RemoteUri uri, SshClient client, Connector connector, String path)
      throws IOException {
    ClientSession session = connector.connect(client);
    try {
      SftpClient sftp = SftpClientFactory.instance().createSftpClient(session);
      return new Link(session, sftp, sftp.open(path, EnumSet.of(SftpClient.OpenMode.Read)));
    } catch (SftpException e) {
      session.close(true);
      throw new IOException(
          uri.shown()
              + ": "
              + switch (e.getStatus()) {
                case SftpConstants.SSH_FX_NO_SUCH_FILE, SftpConstants.SSH_FX_NO_SUCH_PATH ->
                    "no such file";
                case SftpConstants.SSH_FX_PERMISSION_DENIED -> "permission denied";
                default -> "the server says: " + e.getMessage();
              },
          e);
    } catch (IOException | RuntimeException e) {
      session.close(true);
      throw e;
    }
  }

  private static String version(Attributes attributes) {
    return attributes.getSize() + " bytes of " + attributes.getModifyTime();
  }

  @Override
  public String name() {
    return uri.shown();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public Optional<String> version() {
    return Optional.of(version);
  }

  @Override
  public byte[] head() {
    return head;
  }

  @Override
  public byte[] fetch(long position, int length) throws IOException {
    return retries.run(() -> fetchOnce(position, length), traffic);
  }

  private byte[] fetchOnce(long position, int length) throws IOException {
    Link current = current();
    try {
      byte[] bytes = read(current, position, length);
      if (!version(current.sftp().stat(current.handle())).equals(version)) {
        throw new ChangedException(name());
      }
      return bytes;
    } catch (ChangedException e) {
      throw e;
    } catch (IOException e) {
      drop(current);
      throw new Retries.TemporaryException(
          name() + ": the connection broke: " + e.getMessage(), Duration.ZERO);
    }
  }

  private byte[] read(Link from, long position, int length) throws IOException {
    traffic.request();
    // Closed with the link: its handle is all that it holds.
    try (InputStream in =
        new SftpInputStreamAsync(
            (AbstractSftpClient) from.sftp(), READ, position, length, path, from.handle(), false)) {
      byte[] bytes = in.readNBytes(length);
      traffic.received(bytes.length);
      if (bytes.length < length) {
        throw new ChangedException(name());
      }
      return bytes;
    }
  }

  private synchronized Link current() throws IOException {
    Link known = link;
    if (known != null && known.session().isOpen()) {
      return known;
    }
    Link made = link(uri, client, connector, path);
    if (!version(made.sftp().stat(made.handle())).equals(version)) {
      made.close();
      throw new ChangedException(name());
    }
    link = made;
    return made;
  }

  private synchronized void drop(Link broken) {
    if (broken.equals(link)) {
      link = null;
    }
    broken.close();
  }

  @Override
  public synchronized void close() {
    Link known = link;
    if (known != null) {
      known.close();
    }
    client.stop();
  }
}
