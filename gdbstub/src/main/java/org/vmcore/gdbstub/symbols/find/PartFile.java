package org.vmcore.gdbstub.symbols.find;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.input.UnfinishedFile;

/**
 * A file that is on its way into a directory: under a name of its own, locked, until it is whole.
 * It is gone when this is closed or a signal ends the program. One whose program was killed is
 * locked by nobody any more, and goes when the next is made.
 */
final class PartFile implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(PartFile.class);

  private static final String PREFIX = ".vmlinux.";
  private static final String SUFFIX = ".part";

  private final UnfinishedFile file;
  private final FileChannel channel;

  private PartFile(UnfinishedFile file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Makes an empty one; others that were left in the directory are deleted. */
  static PartFile create(Path directory) throws IOException {
    deleteLeftOver(directory);
    UnfinishedFile file = UnfinishedFile.create(directory, PREFIX, SUFFIX);
    try {
      FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.WRITE);
      lock(channel);
      return new PartFile(file, channel);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Whether it is ours now; some file systems have no locks, and there nothing is cleaned up. */
  private static boolean lock(FileChannel channel) {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (IOException | OverlappingFileLockException e) {
      return false;
    }
  }

  private static void deleteLeftOver(Path directory) {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
      for (Path path : all) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
          if (lock(channel)) {
            Files.deleteIfExists(path);
          }
        } catch (IOException e) {
          LOG.debug("{}: {}", path, e.getMessage());
        }
      }
    } catch (IOException e) {
      LOG.debug("{}: {}", directory, e.getMessage());
    }
  }

  Path path() {
    return file.path();
  }

  /** Writes at the end. */
  void append(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Gives it its final name, in one step. */
  void moveTo(Path whole) throws IOException {
    Files.move(path(), whole, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      channel.close();
    }
  }
}
