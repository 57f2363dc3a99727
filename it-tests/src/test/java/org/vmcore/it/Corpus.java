package org.vmcore.it;

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
import java.util.Optional;

/**
 * The real dumps. They lie outside the repository, compressed; what a test asks for is unpacked
 * once into {@code target/corpus} and found there by later runs, until the original changes.
 */
final class Corpus {
  private static final Path ROOT =
      Path.of(System.getProperty("vmcore.corpus", "../../shared/corpus")).toAbsolutePath();
  private static final Path UNPACKED = Path.of("target", "corpus").toAbsolutePath();

  private Corpus() {}

  /** A file of the corpus under its name there without {@code .xz}; skips the test without it. */
  static Path file(String name) {
    assumeTrue(
        Files.isDirectory(ROOT), "no corpus of dumps at " + ROOT + " (-Dvmcore.corpus=DIRECTORY)");
    Path plain = ROOT.resolve(name);
    if (Files.exists(plain)) {
      return plain;
    }
    Path packed = ROOT.resolve(name + ".xz");
    assumeTrue(Files.exists(packed), "the corpus has no " + name);
    return unpacked(packed, Path.of(name), "xz -dc \"$2\" >\"$1\"");
  }

  /** The directory that an archive of the corpus holds; skips the test without it. */
  static Path archive(String name) {
    assumeTrue(
        Files.isDirectory(ROOT), "no corpus of dumps at " + ROOT + " (-Dvmcore.corpus=DIRECTORY)");
    Path packed = ROOT.resolve(name);
    assumeTrue(Files.exists(packed), "the corpus has no " + name);
    return unpacked(
        packed, Path.of(name.replace(".tar.xz", "")), "mkdir \"$1\" && tar -xJf \"$2\" -C \"$1\"");
  }

  static String text(String name) {
    try {
      return Files.readString(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same of a file that not every dump has beside it. */
  static Optional<String> find(String name) {
    return Files.exists(ROOT.resolve(name)) ? Optional.of(text(name)) : Optional.empty();
  }

  private static synchronized Path unpacked(Path packed, Path name, String script) {
    assumeTrue(Command.isInstalled("xz"), "xz is not installed");
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
                  .limit(Duration.ofMinutes(2))
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
