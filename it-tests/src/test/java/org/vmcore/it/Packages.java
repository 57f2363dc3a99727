package org.vmcore.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.stream.Stream;
import org.vmcore.testing.Checkout;

/** What profile {@code dist} has made; skips the test where it has not. */
final class Packages {
  private static final Path TARGET = Checkout.target("gdbstub/dist");

  private Packages() {}

  static Path deb() {
    return only("vmcore-gdbserver_*.deb");
  }

  static Path triageDeb() {
    return only("vmcore-gdbserver-triage_*.deb");
  }

  static Path rpm() {
    return only("vmcore-gdbserver-[0-9]*.rpm");
  }

  static Path triageRpm() {
    return only("vmcore-gdbserver-triage-*.rpm");
  }

  /** What adds {@code triage} to what was unpacked, and to the single jar. */
  static Path triage() {
    return only("*-triage.tar.gz");
  }

  /** With a Java runtime of its own. */
  static Path portable() {
    return only("*-linux-*.tar.gz");
  }

  static Path image() {
    return only("*-image.tar");
  }

  static Path jar() {
    return only("vmcore-gdbserver-*-all.jar");
  }

  static Path bom() {
    return only("*-sbom.json");
  }

  /** The files that go into all of them. */
  static Path home() {
    return directory("home");
  }

  /** The repository of the modules that others build against. */
  static Path maven() {
    return directory("maven");
  }

  /** Those of {@link #triage()}. */
  static Path triageHome() {
    return directory("triage");
  }

  private static Path directory(String name) {
    Path directory = TARGET.resolve(name);
    assumeMade(Files.isDirectory(directory));
    return directory;
  }

  private static Path only(String glob) {
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
    List<Path> found = List.of();
    if (Files.isDirectory(TARGET)) {
      try (Stream<Path> files = Files.list(TARGET)) {
        found = files.filter(file -> matcher.matches(file.getFileName())).toList();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    assumeMade(found.size() == 1);
    return found.get(0);
  }

  private static void assumeMade(boolean made) {
    assumeTrue(
        made, "no such package; mvn package -Pdist makes them, some with a JDK 19 or newer alone");
  }
}
