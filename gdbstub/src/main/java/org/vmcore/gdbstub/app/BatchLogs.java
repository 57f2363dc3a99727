package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/**
 * Where what gdb prints goes, a file per dump: into a directory of the user's, or into one that is
 * gone when the program ends.
 *
 * @param kept whether it is the user's
 */
record BatchLogs(Path directory, boolean kept) {

  static BatchLogs in(Optional<Path> directory) throws IOException {
    return directory.isPresent()
        ? new BatchLogs(Files.createDirectories(directory.get()), true)
        : new BatchLogs(Files.createTempDirectory("vmcore-gdbserver"), false);
  }

  /**
   * An empty log that only its owner can read. Dumps are often all called vmcore and lie in
   * directories that tell them apart; the number keeps the user's order.
   *
   * @param number from 1
   */
  Path create(int number, int count, List<Path> dump) throws IOException {
    Path first = dump.get(0).toAbsolutePath().normalize();
    Path parent = first.getParent();
    String place = parent == null || parent.getFileName() == null ? "" : parent.getFileName() + "-";
    int digits = Integer.toString(count).length();
    String name = ("%0" + digits + "d-%s%s.log").formatted(number, place, first.getFileName());
    Path log = directory.resolve(name);
    Files.deleteIfExists(log);
    return directory.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? Files.createFile(
            log, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
        : Files.createFile(log);
  }

  /** Prints a log that is not kept. */
  static void print(BatchResult result, PrintStream out) throws IOException {
    out.println("==> " + result.dump() + " <==");
    Files.copy(result.log(), out);
    out.println();
    out.flush();
  }

  /** Removes logs that are not kept. */
  void close() throws IOException {
    if (kept) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(directory);
  }
}
