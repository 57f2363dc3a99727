package org.vmcore.triage;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How often over time, as bars in SVG.
 *
 * @param start of the first bar
 * @param step of each bar
 */
record Trend(Instant start, Duration step, int bars) {
  private static final int MOST = 60;
  private static final List<Duration> STEPS =
      List.of(
          Duration.ofHours(1),
          Duration.ofDays(1),
          Duration.ofDays(7),
          Duration.ofDays(30),
          Duration.ofDays(91),
          Duration.ofDays(365));

  /** One in which all of them have a place. */
  static Trend over(List<Entry> entries) {
    List<Instant> times = entries.stream().map(Group::time).flatMap(Optional::stream).toList();
    if (times.isEmpty()) {
      return new Trend(Instant.EPOCH, Duration.ofDays(1), 1);
    }
    Instant first = times.stream().min(Instant::compareTo).orElse(Instant.EPOCH);
    Instant last = times.stream().max(Instant::compareTo).orElse(first);
    Duration all = Duration.between(first, last);
    Duration step =
        STEPS.stream()
            .filter(s -> all.dividedBy(s) < MOST)
            .findFirst()
            // A clock that was wrong by decades: fewer and wider bars.
            .orElse(all.dividedBy(MOST - 1));
    long seconds = step.toSeconds();
    Instant start = Instant.ofEpochSecond(Math.floorDiv(first.getEpochSecond(), seconds) * seconds);
    return new Trend(start, step, (int) Duration.between(start, last).dividedBy(step) + 1);
  }

  private int[] counts(List<Entry> entries) {
    int[] counts = new int[bars];
    for (Entry entry : entries) {
      Group.time(entry)
          .map(time -> Duration.between(start, time).dividedBy(step))
          .filter(bar -> bar >= 0 && bar < bars)
          .ifPresent(bar -> counts[bar.intValue()]++);
    }
    return counts;
  }

  /** The period of a bar, in words. */
  String period() {
    return step.toDays() == 0
        ? "hour"
        : step.toDays() == 1 ? "day" : step.toDays() == 7 ? "week" : step.toDays() + " days";
  }

  /** A picture of it, {@code height} units high, as wide as there is room for. */
  String svg(List<Entry> entries, int height, boolean small) {
    int[] counts = counts(entries);
    int largest = 1;
    for (int count : counts) {
      largest = Math.max(largest, count);
    }
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg class=\"%s\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\""
                + " aria-label=\"Crashes per %s, %d at most\">",
            small ? "spark" : "trend",
            bars * 10,
            height,
            period(),
            largest));
    for (int i = 0; i < bars; i++) {
      if (counts[i] > 0) {
        double bar = Math.max(1, (double) height * counts[i] / largest);
        svg.append(
            String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%.1f\" width=\"8\" height=\"%.1f\">",
                i * 10 + 1,
                height - bar,
                bar));
        if (!small) {
          svg.append("<title>")
              .append(start.plus(step.multipliedBy(i)).toString(), 0, 10)
              .append(": ")
              .append(counts[i])
              .append("</title>");
        }
        svg.append("</rect>");
      }
    }
    return svg.append("</svg>").toString();
  }
}
