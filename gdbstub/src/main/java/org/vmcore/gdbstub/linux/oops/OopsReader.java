package org.vmcore.gdbstub.linux.oops;

import static org.vmcore.gdbstub.linux.oops.FailureClass.OTHER;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds the reports in a log. */
public final class OopsReader {
  /** A log of a machine that does nothing but warn has enough of them in the first ones. */
  private static final int MAX_REPORTS = 1000;

  /** Longer than any report; what begins later is another's. */
  private static final int MAX_LINES = 2000;

  private OopsReader() {}

  /** All reports in a log, in its order. */
  public static List<Oops> read(List<LogLine> lines) {
    List<Oops> found = new ArrayList<>();
    int at = 0;
    while (at < lines.size() && found.size() < MAX_REPORTS) {
      Optional<OopsRules.Match> begin = OopsRules.of(lines.get(at).text());
      if (begin.isPresent()) {
        Report report = report(lines, at, begin.get());
        found.add(report.read());
        at = report.end();
      } else {
        at++;
      }
    }
    return found;
  }

  /**
   * The report that tells what went wrong: the first that a kernel does not go on after, as those
   * behind it are its consequences, or that it panicked after; of those that tell of the same kind
   * of failure the first.
   */
  public static Optional<Oops> first(List<Oops> reports) {
    Optional<Oops> fatal =
        reports.stream()
            .filter(report -> report.panicked() || !report.failure().isMild())
            .findFirst();
    FailureClass kind =
        fatal.map(Oops::failure).orElse(reports.isEmpty() ? OTHER : reports.get(0).failure());
    return reports.stream().filter(report -> report.failure() == kind).findFirst();
  }

  /** A report with its lines, and no others' as far as the log tells them apart. */
  private static Report report(List<LogLine> lines, int first, OopsRules.Match begin) {
    LogLine headline = lines.get(first);
    List<LogLine> own = new ArrayList<>(List.of(headline));
    int at = first + 1;
    for (; at < lines.size() && at - first < MAX_LINES; at++) {
      LogLine line = lines.get(at);
      Optional<OopsRules.Match> next = OopsRules.of(line.text());
      if (next.isPresent()
          && line.isBeside(headline)
          && !next.get().rule().follows()
          && !isSame(begin, next.get())) {
        break;
      }
      if (line.isBeside(headline) || begin.rule().culprit() == OopsRule.Culprit.SUBSYSTEM) {
        own.add(line);
      }
      if (isOver(begin.rule(), line.text())) {
        at++;
        break;
      }
    }
    return new Report(begin, first, at, own);
  }

  /**
   * Whether a report of what a kernel goes on after ends with a line, so that a panic is not of it.
   */
  private static boolean isOver(OopsRule rule, String line) {
    return rule.failure().isMild()
        && (line.startsWith("---[ end trace") || rule.culprit() == OopsRule.Culprit.NONE);
  }

  /** Whether a line only says once more what one before it said. */
  private static boolean isSame(OopsRules.Match begin, OopsRules.Match next) {
    FailureClass one = begin.rule().failure();
    FailureClass other = next.rule().failure();
    if (begin.rule().culprit() == OopsRule.Culprit.SUBSYSTEM) {
      return other == FailureClass.WARNING
          || (one == other && next.rule().culprit() == OopsRule.Culprit.SUBSYSTEM);
    }
    return false;
  }
}
