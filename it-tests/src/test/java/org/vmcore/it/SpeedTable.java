package org.vmcore.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What was measured side by side, as a table of Markdown. */
final class SpeedTable {
  private static final Pattern MARKED =
      Pattern.compile("(<!-- speed:begin -->\\n).*?(<!-- speed:end -->)", Pattern.DOTALL);

  private final List<String> lines = new ArrayList<>();

  /**
   * @param columns their heads; numbers are in those that end in a colon
   */
  SpeedTable(String caption, String... columns) {
    lines.add(caption);
    lines.add("");
    row(Arrays.stream(columns).map(column -> column.replace(":", "")).toArray(String[]::new));
    lines.add(
        Arrays.stream(columns)
            .map(column -> column.endsWith(":") ? "---:" : "---")
            .collect(Collectors.joining("|", "|", "|")));
  }

  /** Adds a row, one cell for each column. */
  void row(String... cells) {
    lines.add(
        Arrays.stream(cells)
            .map(cell -> cell.isEmpty() ? " " : " " + cell + " ")
            .collect(Collectors.joining("|", "|", "|")));
  }

  @Override
  public String toString() {
    return String.join("\n", lines) + "\n";
  }

  /** Puts text between the marks of a file; false where there are no marks. */
  static boolean rewrite(Path file, String text) throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    Matcher matcher = MARKED.matcher(Files.readString(file));
    if (!matcher.find()) {
      return false;
    }
    Files.writeString(file, matcher.replaceFirst("$1" + Matcher.quoteReplacement(text) + "$2"));
    return true;
  }

  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Three digits are as many as repeat from run to run. */
  static String number(double value) {
    return value >= 100
        ? "%,d".formatted(Math.round(value))
        : String.format(Locale.ROOT, value >= 10 ? "%.0f" : "%.1f", value);
  }
}
