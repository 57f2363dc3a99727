package org.vmcore.gdbstub.inspect.analyze;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which subsystem of the kernel a file of its source belongs to, by the names of its list of
 * maintainers (Linux MAINTAINERS); of the larger ones, which have kept their names for years.
 */
final class Subsystems {
  private static final String TABLE = "subsystems.txt";

  /**
   * The path in the kernel's tree: what a compiler was given may have more before it, and a line
   * behind it. Of two such folders the first is the tree's: {@code drivers/net/...}.
   */
  private static final Pattern IN_TREE =
      Pattern.compile(
          "^(?:.*?/)?((?:arch|block|crypto|drivers|fs|io_uring|kernel|mm|net|security|sound|virt)"
              + "/[^:]{1,255})");

  private static final Map<String, String> NAMES = read();

  private Subsystems() {}

  private static Map<String, String> read() {
    try (InputStream in = Subsystems.class.getResourceAsStream(TABLE);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(
                    Objects.requireNonNull(in, TABLE), StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" ", 2))
          .collect(Collectors.toUnmodifiableMap(pair -> pair[0], pair -> pair[1]));
    } catch (IOException e) {
      throw new UncheckedIOException(TABLE, e);
    }
  }

  /**
   * The subsystem of a file.
   *
   * @param source as the kernel names it, with a line or without
   * @return empty where that is not known, and of what is not the kernel's own
   */
  static Optional<String> of(String source) {
    Matcher inTree = IN_TREE.matcher(source);
    if (!inTree.find()) {
      return Optional.empty();
    }
    String path = inTree.group(1);
    for (int length = path.length(); length > 0; length--) {
      String name = NAMES.get(path.substring(0, length));
      if (name != null) {
        return Optional.of(name);
      }
    }
    return Optional.empty();
  }
}
