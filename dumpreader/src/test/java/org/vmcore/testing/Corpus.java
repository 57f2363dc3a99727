package org.vmcore.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The corpus of real dumps. It lies outside the repository, compressed: beside the checkout, or
 * where the system property {@code vmcore.corpus} says. What a test asks for is unpacked once, for
 * all modules, and found by later runs until the original changes.
 */
public final class Corpus {
  private static final Path ROOT =
      Optional.ofNullable(System.getProperty("vmcore.corpus"))
          .map(Path::of)
          .orElseGet(() -> Checkout.root().resolve("../shared/corpus"))
          .toAbsolutePath()
          .normalize();

  private static final Path UNPACKED = Checkout.target("dumpreader").resolve("corpus");
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private Corpus() {}

  /** Whether there is one. */
  public static boolean isThere() {
    return Files.isDirectory(ROOT);
  }

  /** Why a test is skipped for want of one. */
  static String absence() {
    return "no corpus of dumps (%s, or -Dvmcore.corpus=DIRECTORY)".formatted(ROOT);
  }

  /** A file of the corpus under its name there without {@code .xz}; skips the test without it. */
  public static Path file(String name) {
    Path plain = plain(name);
    if (Files.exists(plain)) {
      return plain;
    }
    return unpacked(plain(name + ".xz"), Path.of(name), "xz -dc \"$2\" >\"$1\"");
  }

  /** The directory that an archive of the corpus holds; skips the test without it. */
  public static Path archive(String name) {
    return unpacked(
        plain(name),
        Path.of(name.replace(".tar.xz", "")),
        "mkdir \"$1\" && tar -xJf \"$2\" -C \"$1\"");
  }

  /** A path as it is in the corpus, whether or not there is a file; skips the test without one. */
  public static Path plain(String name) {
    assumeTrue(isThere(), absence());
    return ROOT.resolve(name);
  }

  /** What a text file holds. */
  public static String text(String name) {
    try {
      return Files.readString(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same of a file that not every dump has beside it. */
  public static Optional<String> find(String name) {
    return Files.exists(ROOT.resolve(name)) ? Optional.of(text(name)) : Optional.empty();
  }

  /** The fields of the lines of one kind in a {@code truth.tsv}, without that kind. */
  public static List<List<String>> truth(String name, String kind) {
    return text(name)
        .lines()
        .map(line -> List.of(line.split("\t", -1)))
        .filter(fields -> fields.get(0).equals(kind))
        .map(fields -> fields.subList(1, fields.size()))
        .toList();
  }

  private static synchronized Path unpacked(Path packed, Path name, String script) {
    assumeTrue(Files.exists(packed), "the corpus has no " + name);
    Command.assumeInstalled("xz");
    try {
      long modified = Files.getLastModifiedTime(packed).toMillis();
      Path result = UNPACKED.resolve(Files.size(packed) + "-" + modified).resolve(name);
      Files.createDirectories(result.getParent());
      Path lockFile = result.resolveSibling("." + result.getFileName() + ".lock");
      try (FileChannel channel =
          FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        // Held until the channel is closed; other test runs of the same checkout wait.
        FileLock unused = channel.lock();
        if (!Files.exists(result)) {
          Path part = result.resolveSibling("." + result.getFileName() + ".part");
          Command.Result run =
              Command.of("sh", "-c", "rm -rf \"$1\" && " + script, "sh", "" + part, "" + packed)
                  .limit(LIMIT)
                  .run();
          if (run.exit() != 0) {
            throw new IOException("cannot unpack " + packed + ": " + run.err());
          }
          Files.move(part, result, StandardCopyOption.ATOMIC_MOVE);
        }
      }
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
