package org.vmcore.dumpreader.input;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * A file under a passing name, readable by its owner only, until it is whole and gets its own. It
 * is gone when this is closed or a signal ends the program, at whatever moment.
 */
public final class UnfinishedFile implements Closeable {
  private final Thread hook = new Thread(this::endSilently, "remove-unfinished-file");
  private @Nullable Path path;
  private boolean ended;

  private UnfinishedFile() {}

  /**
   * Makes an empty one.
   *
   * @throws IOException also when the program is ending
   */
  public static UnfinishedFile create(Path directory, String prefix, String suffix)
      throws IOException {
    UnfinishedFile file = new UnfinishedFile();
    // Before there is a file: between its making and this a signal might come.
    try {
      Runtime.getRuntime().addShutdownHook(file.hook);
    } catch (IllegalStateException e) {
      throw ending(directory);
    }
    try {
      file.make(directory, prefix, suffix);
      return file;
    } catch (IOException | RuntimeException e) {
      file.removeHook();
      throw e;
    }
  }

  private static IOException ending(Path directory) {
    return new IOException(directory + ": the program is ending");
  }

  private synchronized void make(Path directory, String prefix, String suffix) throws IOException {
    if (ended) {
      throw ending(directory);
    }
    boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
    path =
        Files.createTempFile(
            directory,
            prefix,
            suffix,
            posix
                ? new FileAttribute<?>[] {
                  PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0]);
  }

  /** Where it is now. */
  public synchronized Path path() {
    if (path == null) {
      throw new IllegalStateException("not made yet");
    }
    return path;
  }

  private synchronized void end() throws IOException {
    ended = true;
    if (path != null) {
      Files.deleteIfExists(path);
    }
  }

  private void endSilently() {
    try {
      end();
    } catch (IOException e) {
      // Nobody can be told any more.
      return;
    }
  }

  private void removeHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The program is ending, and the hook runs.
      return;
    }
  }

  /** Removes it, unless it has been moved. */
  @Override
  public void close() throws IOException {
    try {
      end();
    } finally {
      removeHook();
    }
  }
}
