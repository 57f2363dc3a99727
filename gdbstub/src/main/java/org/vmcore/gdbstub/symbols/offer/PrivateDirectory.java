package org.vmcore.gdbstub.symbols.offer;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.InputCopy;

/**
 * A directory of this program's own, that nobody else can read. It is made when it is first needed,
 * and gone when this is closed or a signal ends the program.
 */
final class PrivateDirectory implements Closeable {
  private final List<Path> made = new ArrayList<>();
  private @Nullable Path directory;

  /** Where a file of that name is or will be. */
  synchronized Path path(String name) throws IOException {
    if (directory == null) {
      directory = Files.createTempDirectory("vmcore-gdbserver");
      directory.toFile().deleteOnExit();
    }
    return directory.resolve(name);
  }

  synchronized Path write(String name, DumpInput content) throws IOException {
    Path path = add(name);
    InputCopy.write(content, path);
    return path;
  }

  synchronized Path link(String name, Path target) throws IOException {
    return Files.createSymbolicLink(add(name), target.toAbsolutePath());
  }

  private Path add(String name) throws IOException {
    Path path = path(name);
    made.add(path);
    path.toFile().deleteOnExit();
    return path;
  }

  @Override
  public synchronized void close() throws IOException {
    for (Path path : made) {
      Files.deleteIfExists(path);
    }
    if (directory != null) {
      Files.deleteIfExists(directory);
    }
  }
}
