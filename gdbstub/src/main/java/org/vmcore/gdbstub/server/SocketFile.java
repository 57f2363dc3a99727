package org.vmcore.gdbstub.server;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file of a Unix socket, which outlives its server unless somebody removes it. */
final class SocketFile {
  private static final Logger log = LoggerFactory.getLogger(SocketFile.class);

  private final Path path;
  private final @Nullable Object key;

  private SocketFile(Path path, @Nullable Object key) {
    this.path = path;
    this.key = key;
  }

  /**
   * Removes what a server that died has left; leaves alone a server that lives, and other files.
   */
  static void removeStale(ListenAddress.Unix address) throws IOException {
    Path path = address.path();
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!attributes(path).isOther()) {
      throw failure(address, "that file exists and is no socket; name another path");
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException nobodyListens) {
      log.debug("Removing {}, on which nobody listens", path, nobodyListens);
      Files.delete(path);
      return;
    }
    throw failure(address, "in use already; name another path");
  }

  /** Called once the socket is there. */
  static SocketFile created(ListenAddress.Unix address) throws IOException {
    Path path = address.path();
    // A dump holds the machine's secrets: nobody else may connect.
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    return new SocketFile(path, attributes(path).fileKey());
  }

  /** Removes the file, unless another server has put its own there. */
  void remove() {
    try {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
          && key != null
          && key.equals(attributes(path).fileKey())) {
        Files.delete(path);
      }
    } catch (IOException e) {
      log.warn("Cannot remove {}: {}", path, e.getMessage());
    }
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static IOException failure(ListenAddress address, String reason) {
    return new IOException("cannot listen on " + address + ": " + reason);
  }
}
