package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

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

  /** Writes the file and returns its length. */
  long write(Writer writer) throws IOException {
    Path directory = file.toAbsolutePath().normalize().getParent();
    String prefix = "." + file.getFileName() + ".";
    Path part = create(directory == null ? Path.of(".") : directory, prefix);
    Thread interrupted = new Thread(() -> delete(part), "remove-partial-file");
    Runtime.getRuntime().addShutdownHook(interrupted);
    try {
      long size = writer.write(part);
      if (replace) {
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      } else if (Files.exists(file)) {
        throw new FileAlreadyExistsException(
            file.toString(), null, "was made by somebody else in the meantime");
      } else {
        Files.move(part, file);
      }
      return size;
    } finally {
      delete(part);
      removeHook(interrupted);
    }
  }

  private static Path create(Path directory, String prefix) throws IOException {
    return directory.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? Files.createTempFile(
            directory,
            prefix,
            ".partial",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
        : Files.createTempFile(directory, prefix, ".partial");
  }

  private static void delete(Path part) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      System.err.println("vmcore-gdbserver: cannot remove " + part + ": " + e.getMessage());
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The program is ending, and the hook runs.
      return;
    }
  }
}
