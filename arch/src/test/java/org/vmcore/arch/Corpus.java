package org.vmcore.arch;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The real dumps that tests may use, in the folder of the system property {@code vmcore.corpus};
 * its README describes them.
 */
public final class Corpus {
  private Corpus() {}

  /** A file of the corpus, unpacked below {@code target} if it is packed; skips without it. */
  public static Path file(String name) throws IOException, InterruptedException {
    String root = System.getProperty("vmcore.corpus");
    assumeTrue(root != null && Files.isDirectory(Path.of(root)), "no corpus of real dumps");
    Path plain = Path.of(root, name);
    if (Files.exists(plain)) {
      return plain;
    }
    Path packed = Path.of(root, name + ".xz");
    assumeTrue(Files.exists(packed), () -> "the corpus has no " + name);
    Path unpacked = Path.of("target", "corpus", name);
    if (!Files.exists(unpacked)) {
      Files.createDirectories(unpacked.getParent());
      Path partial = Files.createTempFile(unpacked.getParent(), "unpack", null);
      Process xz =
          new ProcessBuilder("xz", "-dc", packed.toString())
              .redirectOutput(partial.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      assumeTrue(xz.waitFor(5, TimeUnit.MINUTES) && xz.exitValue() == 0, "xz failed");
      Files.move(partial, unpacked, StandardCopyOption.ATOMIC_MOVE);
    }
    return unpacked;
  }

  /** The fields of the lines of one kind in a {@code truth.tsv}, without that kind. */
  public static List<List<String>> truth(String name, String kind)
      throws IOException, InterruptedException {
    return Files.readAllLines(file(name)).stream()
        .map(line -> List.of(line.split("\t")))
        .filter(fields -> fields.get(0).equals(kind))
        .map(fields -> fields.subList(1, fields.size()))
        .toList();
  }
}
