package org.vmcore.testing;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the sources are that the tests were compiled from, whatever the working directory. */
public final class Checkout {
  /** No other file of that name is above a working directory or a class path. */
  private static final Path MARK = Path.of("it-tests", "lab", "crash-debian");

  private static final Path ROOT = find();

  private Checkout() {}

  /** The directory that the modules are in. */
  public static Path root() {
    return ROOT;
  }

  /** The directory of a module that {@code mvn clean} clears. */
  public static Path target(String module) {
    return ROOT.resolve(module).resolve("target");
  }

  /** A program of the lab, such as {@code crash-debian}. */
  public static Path lab(String name) {
    return ROOT.resolve("it-tests/lab").resolve(name);
  }

  /** Above the working directory, which is the module's with Maven, or above the classes. */
  private static Path find() {
    for (Path start : List.of(Path.of("").toAbsolutePath(), classes())) {
      Path directory = start;
      while (directory != null) {
        if (Files.isRegularFile(directory.resolve(MARK))) {
          return directory;
        }
        directory = directory.getParent();
      }
    }
    throw new IllegalStateException("no checkout above " + classes());
  }

  private static Path classes() {
    try {
      return Path.of(Checkout.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
