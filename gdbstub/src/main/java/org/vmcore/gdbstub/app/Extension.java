package org.vmcore.gdbstub.app;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What only some users need: a Maven module below this one, whose jars lie in a folder of its name
 * and are looked at when its command is called and not before. It registers an implementation of an
 * interface of this package as a service.
 *
 * @param name of the folder and of the command
 */
record Extension(String name) {
  /**
   * Where the folders are, as a class path is written; without, they are in {@code lib} beside the
   * program's own jar.
   */
  private static final String DIRECTORY = "vmcore.extensions";

  /** Those that have a package of their own, since they are nearly as large as all the rest. */
  private static final Set<String> APART = Set.of("triage");

  /**
   * Loads it.
   *
   * @throws IOException when it is not there
   */
  <T> T load(Class<T> service) throws IOException {
    Optional<T> onClassPath = ServiceLoader.load(service).findFirst();
    if (onClassPath.isPresent()) {
      return onClassPath.get();
    }
    Path directory = directory();
    // Never closed: what it loads is used until the program ends.
    @SuppressWarnings("resource")
    URLClassLoader loader = new URLClassLoader(jars(directory), service.getClassLoader());
    Thread.currentThread().setContextClassLoader(loader);
    return ServiceLoader.load(service, loader)
        .findFirst()
        .orElseThrow(() -> new IOException(missing(directory)));
  }

  /** What is missing and what brings it: what every package has, only a damaged one lacks. */
  private String missing(Path directory) {
    String remedy =
        APART.contains(name)
            ? "the package vmcore-gdbserver-%1$s brings it, or"
                + " vmcore-gdbserver-VERSION-%1$s.tar.gz, unpacked in %2$s"
            : "install the whole package again";
    return ("%3$s: '%1$s' is not part of this installation; " + remedy)
        .formatted(name, directory.resolve("../..").normalize(), directory);
  }

  private Path directory() {
    String configured = System.getProperty(DIRECTORY);
    if (configured != null) {
      List<Path> places =
          Stream.of(configured.split(File.pathSeparator)).map(p -> Path.of(p, name)).toList();
      return places.stream().filter(Files::isDirectory).findFirst().orElse(places.get(0));
    }
    CodeSource source = Extension.class.getProtectionDomain().getCodeSource();
    URL location = source == null ? null : source.getLocation();
    File own = new File(location == null ? "." : location.getPath());
    return own.toPath().resolveSibling(Path.of("lib", name));
  }

  private static URL[] jars(Path directory) throws IOException {
    List<URL> jars = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".jar")).sorted().toList()) {
          jars.add(url(file));
        }
      }
    }
    return jars.toArray(URL[]::new);
  }

  private static URL url(Path file) throws MalformedURLException {
    return file.toUri().toURL();
  }
}
