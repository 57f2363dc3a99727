package org.vmcore.gdbstub.server;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
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

  /**
   * Where a socket is made before anybody can connect to it: in a directory that is its user's
   * alone, since bind(2) makes sockets as open as the umask lets it. A dump holds the machine's
   * secrets, and a moment is enough to connect.
   */
  static final class Cradle implements AutoCloseable {
    private static final FileAttribute<?> PRIVATE =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final ListenAddress.Unix address;
    private final Path directory;

    private Cradle(ListenAddress.Unix address, Path directory) {
      this.address = address;
      this.directory = directory;
    }

    /** The path to bind to; short, as the system allows some hundred bytes only. */
    Path path() {
      return directory.resolve("s");
    }

    /**
     * Gives the socket its name, once it is there.
     *
     * @throws IOException when something has that name in the meantime
     */
    SocketFile publish() throws IOException {
      Path path = address.path();
      Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("rw-------"));
      try {
        // Unlike a move, this replaces nothing.
        Files.createLink(path, path());
      } catch (FileAlreadyExistsException e) {
        throw failure(address, "in use already; name another path");
      }
      return new SocketFile(path, attributes(path).fileKey());
    }

    @Override
    public void close() throws IOException {
      Files.deleteIfExists(path());
      Files.deleteIfExists(directory);
    }
  }

  /**
   * @throws IOException when nothing can be made beside that path
   */
  static Cradle cradle(ListenAddress.Unix address) throws IOException {
    Path parent = address.path().toAbsolutePath().getParent();
    if (parent == null) {
      throw failure(address, "that is no path of a socket; name another");
    }
    Path directory = parent.resolve(".%x".formatted(new SecureRandom().nextInt()));
    try {
      return new Cradle(address, Files.createDirectory(directory, Cradle.PRIVATE));
    } catch (NoSuchFileException e) {
      throw failure(address, parent + ": no such directory; make it, or name another path");
    } catch (AccessDeniedException e) {
      throw failure(address, parent + ": permission denied; name another path");
    } catch (FileSystemException e) {
      throw failure(address, "%s: %s; name another path".formatted(parent, e.getReason()));
    }
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
