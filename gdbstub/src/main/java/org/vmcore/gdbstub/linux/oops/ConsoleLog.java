package org.vmcore.gdbstub.linux.oops;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.log.LogRecord;

/** A log as text, from wherever people get one: consoles, dmesg, journals, what kdump leaves. */
public final class ConsoleLog {
  /** Longer than any line of the kernel's: LOG_LINE_MAX is 1024 (Linux kernel/printk/printk.c). */
  private static final int MAX_LINE = 4096;

  private static final int MAX_LINES = 2_000_000;

  /** The time of a line: {@code [ 12.345678]}, with a thread or CPU inside or behind it. */
  private static final Pattern TIME =
      Pattern.compile(
          "\\[ {0,12}\\d{1,12}\\.\\d{3,9}(?:@?[ ,]{1,3}([TC]\\d{1,10}))?\\]"
              + "(?:\\[ {0,10}([TC]\\d{1,10})\\])? ?");

  /** A level as printk and dmesg -r have it. */
  private static final Pattern LEVEL = Pattern.compile("^<\\d{1,3}>");

  /** {@code dmesg -T}'s date, or {@code dmesg -x}'s facility and level. */
  private static final Pattern DATE =
      Pattern.compile(
          "^(?:[a-z]{3,8} {0,6}:[a-z]{2,8} {0,6}: ?)?"
              + "(?:\\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}\\] )?");

  /** {@code Jan 2 03:04:05 host kernel: }, and what journalctl -o short-iso has. */
  private static final Pattern SYSLOG =
      Pattern.compile(
          "^(?:[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d|\\d{4}-\\d\\d-\\d\\dT[\\d:.,+Z-]{8,24})"
              + " [\\w.-]{1,64} (?:[\\w.]{1,16} )?kernel(?:\\[\\d{1,10}\\])?: ");

  private ConsoleLog() {}

  /**
   * The lines of a text. One into which another was printed, as consoles without a lock have it, is
   * two.
   */
  public static List<LogLine> lines(String text) {
    List<LogLine> lines = new ArrayList<>();
    int at = 0;
    while (at < text.length() && lines.size() < MAX_LINES) {
      int end = text.indexOf('\n', at);
      end = end < 0 ? text.length() : end;
      int last = end > at && text.charAt(end - 1) == '\r' ? end - 1 : end;
      add(text.substring(at, Math.min(last, at + MAX_LINE)), lines);
      at = end + 1;
    }
    return lines;
  }

  /** The lines of a log that was read from memory. */
  public static List<LogLine> lines(List<LogRecord> records) {
    List<LogLine> lines = new ArrayList<>();
    for (LogRecord record : records) {
      for (String line : record.text().split("\n", -1)) {
        lines.add(
            new LogLine(line.substring(0, Math.min(line.length(), MAX_LINE)), record.caller()));
      }
    }
    return lines;
  }

  private static void add(String line, List<LogLine> lines) {
    String rest = without(LEVEL, without(SYSLOG, without(LEVEL, without(DATE, line))));
    Matcher time = TIME.matcher(rest);
    int from = 0;
    Optional<String> context = Optional.empty();
    while (time.find()) {
      String before = rest.substring(from, time.start());
      if (!before.isBlank()) {
        lines.add(new LogLine(before, context));
      }
      context = Optional.ofNullable(time.group(1) == null ? time.group(2) : time.group(1));
      from = time.end();
    }
    lines.add(new LogLine(without(LEVEL, rest.substring(from)), context));
  }

  private static String without(Pattern prefix, String line) {
    Matcher matcher = prefix.matcher(line);
    return matcher.lookingAt() ? line.substring(matcher.end()) : line;
  }
}
