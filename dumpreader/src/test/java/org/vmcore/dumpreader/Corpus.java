package org.vmcore.dumpreader;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The real dumps, where they are (system property {@code vmcore.corpus}); else tests skip. */
public final class Corpus {
  private static final Path UNPACKED = Path.of("target", "corpus");

  private Corpus() {}

  /**
   * A line of a {@code truth.tsv} about memory.
   *
   * @param bytes what is there, or empty when this file was made without it
   */
  public record Truth(String label, long physicalAddress, Optional<byte[]> bytes) {}

  /** A file of the corpus; what is packed there is unpacked once. */
  public static Path file(String name) throws IOException, InterruptedException {
    Path root = Path.of(System.getProperty("vmcore.corpus", "no corpus"));
    assumeTrue(Files.isDirectory(root), "no corpus of dumps at " + root);
    Path file = root.resolve(name);
    if (Files.exists(file)) {
      return file;
    }
    Path packed = root.resolve(name + ".xz");
    assumeTrue(Files.exists(packed), packed + " is not in the corpus");
    Path unpacked = UNPACKED.resolve(name.replace('/', '-'));
    if (!Files.exists(unpacked)) {
      Programs.assumeInstalled("xz");
      Files.createDirectories(UNPACKED);
      Path partial = Files.createTempFile(UNPACKED, "unpacking", null);
      new ProcessBuilder("xz", "-dc", packed.toString())
          .redirectOutput(partial.toFile())
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start()
          .waitFor();
      Files.move(partial, unpacked, StandardCopyOption.ATOMIC_MOVE);
    }
    return unpacked;
  }

  /** The {@code mem}, {@code sym} and {@code user} lines of a truth file. */
  public static List<Truth> truth(String name) throws IOException, InterruptedException {
    List<Truth> truth = new ArrayList<>();
    for (String line : Files.readAllLines(file(name))) {
      String[] column = line.split("\t", -1);
      // The pid is one more column before the addresses.
      int address = column[0].equals("user") ? 4 : 3;
      if (List.of("mem", "sym", "user").contains(column[0])) {
        String bytes = column[address + 1];
        truth.add(
            new Truth(
                column[0] + " " + column[1],
                Long.decode(column[address]),
                bytes.equals("absent")
                    ? Optional.empty()
                    : Optional.of(HexFormat.of().parseHex(bytes))));
      }
    }
    return truth;
  }
}
