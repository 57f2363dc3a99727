package org.vmcore.gdbstub.linux.oops;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Logs with the titles that engineers gave them, which lie outside the repository: in the folder of
 * the system property {@code vmcore.oops}, else in {@code oops} beside the corpus of dumps.
 */
final class OopsCorpus {
  private static final Path ROOT =
      Path.of(
              System.getProperty(
                  "vmcore.oops",
                  System.getProperty("vmcore.corpus", "../../shared/corpus") + "/../oops"))
          .toAbsolutePath()
          .normalize();

  private OopsCorpus() {}

  /**
   * One of them.
   *
   * @param titles that are right; none where the log tells of no failure
   * @param type the class, where it has one
   * @param damaged whether its title is not to be trusted
   */
  record Sample(
      String file, String log, Set<String> titles, Optional<String> type, boolean damaged) {}

  /** All of them; skips the test where they are not. */
  static List<Sample> samples() throws IOException {
    assumeTrue(Files.isDirectory(ROOT), "no logs at " + ROOT + " (-Dvmcore.oops=DIRECTORY)");
    List<Path> files;
    try (Stream<Path> listed = Files.list(ROOT)) {
      files = listed.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    }
    List<Sample> samples = new ArrayList<>();
    for (Path file : files) {
      samples.add(sample(file));
    }
    return samples;
  }

  /** Keys and values to the first empty line, then the log, then what another tool kept of it. */
  private static Sample sample(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    int end = text.startsWith("\n") ? 0 : text.indexOf("\n\n") + 1;
    Set<String> titles = new LinkedHashSet<>();
    Optional<String> type = Optional.empty();
    boolean damaged = false;
    for (String line : text.substring(0, end).lines().toList()) {
      if (line.startsWith("TITLE: ") || line.startsWith("ALT: ")) {
        titles.add(line.substring(line.indexOf(' ') + 1).strip());
      } else if (line.startsWith("TYPE: ")) {
        type = Optional.of(line.substring(6).strip());
      }
      damaged |= line.equals("CORRUPTED: Y");
    }
    String log = text.substring(end);
    int kept = log.indexOf("\nREPORT:");
    return new Sample(
        String.valueOf(file.getFileName()),
        kept < 0 ? log : log.substring(0, kept + 1),
        titles,
        type,
        damaged);
  }
}
