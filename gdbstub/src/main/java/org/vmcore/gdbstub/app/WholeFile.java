package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.vmcore.dumpreader.input.FileErrors;
import org.vmcore.dumpreader.input.UnfinishedFile;

/**
 * A file that has its name only when it is whole: it is written beside, readable by its owner only,
 * for a dump holds secrets, and removed again when writing fails or is interrupted.
 *
 * @param replace whether a file of that name may be replaced
 */
record WholeFile(Path file, boolean replace) {

  /** Writes a file of the name it is given and returns how long it is. */
  @FunctionalInterface
  interface Writer {
    long write(Path part) throws IOException;
  }

  /** Writes a text in UTF-8 and returns its length. */
  long write(String text) throws IOException {
    return write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes bytes and returns how many they are. */
  long write(byte[] bytes) throws IOException {
    return write(
        part -> {
          Files.write(part, bytes, StandardOpenOption.WRITE);
          return bytes.length;
        });
  }

  /**
   * Writes the file and returns its length. What is there and is no file, such as a device or a
   * pipe, is written as it is; of a symbolic link, what it leads to.
   */
  long write(Writer writer) throws IOException {
    if (!Files.exists(file)) {
      return writeWhole(file, writer);
    }
    Path target = file.toRealPath();
    if (Files.isRegularFile(target)) {
      return writeWhole(target, writer);
    }
    return named(target, writer);
  }

  /** Has the reason of a failure name what was asked for, where it names nothing else. */
  private long named(Path part, Writer writer) throws IOException {
    try {
      return writer.write(part);
    } catch (FileSystemException e) {
      throw new IOException(file + ": " + FileErrors.reason(e), e);
    } catch (IOException e) {
      boolean names = String.valueOf(e.getMessage()).contains(": ");
      throw names ? e : new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private long writeWhole(Path target, Writer writer) throws IOException {
    try (UnfinishedFile unfinished = create(target)) {
      Path part = unfinished.path();
      long size = named(part, writer);
      if (replace) {
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      } else if (Files.exists(target)) {
        throw new FileAlreadyExistsException(
            file.toString(), null, "was made by somebody else in the meantime");
      } else {
        Files.move(part, target);
      }
      return size;
    }
  }

  /** Beside it, so that it can get its name in one step. */
  private UnfinishedFile create(Path target) throws IOException {
    Path parent = target.toAbsolutePath().normalize().getParent();
    Path directory = parent == null ? Path.of(".") : parent;
    try {
      return UnfinishedFile.create(directory, "." + target.getFileName() + ".", ".partial");
    } catch (FileSystemException e) {
      String reason = Files.isDirectory(directory) ? FileErrors.reason(e) : "no such directory";
      throw new IOException(
          "%s: no file can be made in %s: %s".formatted(file, directory, reason), e);
    }
  }
}
