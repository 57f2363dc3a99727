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

/** What was measured side by side, as a table of Markdown. */
final class SpeedTable {
  private static final Pattern MARKED =
      Pattern.compile("(<!-- speed:begin -->\\n).*?(<!-- speed:end -->)", Pattern.DOTALL);

  private final List<String> lines = new ArrayList<>();

  SpeedTable(String caption) {
    lines.add(caption);
    lines.add("");
    lines.add("| what | we | who else | they | ratio |");
    lines.add("|---|---:|---|---:|---:|");
  }

  /**
   * @param unit of both rates; more is better
   * @param ratio of ours to theirs
   */
  void row(String what, String unit, double ours, String peer, double theirs, double ratio) {
    lines.add(
        "| %s | %s %s | %s | %s %s | **%.2f** |"
            .formatted(what, number(ours), unit, peer, number(theirs), unit, ratio));
  }

  /** A row without a peer. */
  void missing(String what, String unit, double ours, String peer) {
    lines.add("| %s | %s %s | %s | not measured | |".formatted(what, number(ours), unit, peer));
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
  private static String number(double value) {
    return value >= 100
        ? "%,d".formatted(Math.round(value))
        : String.format(Locale.ROOT, value >= 10 ? "%.0f" : "%.1f", value);
  }
}
