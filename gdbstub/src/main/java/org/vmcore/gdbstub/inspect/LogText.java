package org.vmcore.gdbstub.inspect;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.linux.log.LogRecord;

/**
 * Messages of the kernel as crash's {@code log} lays them out: further lines of a message stand
 * below its first.
 *
 * @param times whether each begins with its time
 * @param boot makes the times those of a clock on the wall
 * @param callers whether it is told who printed each
 * @param levels whether the level is put before the text
 */
record LogText(boolean times, Optional<Instant> boot, boolean callers, boolean levels) {
  /** By number, as dmesg(1) calls them. */
  static final List<String> LEVELS =
      List.of("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug");

  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final long NANOS_PER_MICRO = 1000;

  /** Appends whole lines. */
  void append(StringBuilder out, LogRecord record) {
    int start = out.length();
    if (times && record.nanoseconds().isPresent()) {
      time(out, record.nanoseconds().getAsLong());
    }
    if (callers && record.caller().isPresent()) {
      out.append(String.format(Locale.ROOT, "[%8s] ", record.caller().get()));
    }
    if (levels && record.level().isPresent()) {
      out.append('<').append(record.level().getAsInt()).append('>');
    }
    String indentation = " ".repeat(out.length() - start);
    String text = record.text();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        out.append('\n').append(indentation);
      } else {
        // A message may hold anything; control characters would reach a terminal.
        out.append((c >= ' ' && c <= '~') || c == '\t' ? c : '.');
      }
    }
    out.append('\n');
  }

  private void time(StringBuilder out, long nanoseconds) {
    if (boot.isPresent()) {
      Instant time =
          boot.get()
              .plusSeconds(Long.divideUnsigned(nanoseconds, NANOS_PER_SECOND))
              .plusNanos(Long.remainderUnsigned(nanoseconds, NANOS_PER_SECOND));
      out.append('[').append(Banner.DATE.format(time)).append("] ");
      return;
    }
    String seconds = Long.toUnsignedString(Long.divideUnsigned(nanoseconds, NANOS_PER_SECOND));
    String micros =
        Long.toString(Long.remainderUnsigned(nanoseconds, NANOS_PER_SECOND) / NANOS_PER_MICRO);
    out.append('[').append(" ".repeat(Math.max(0, 5 - seconds.length()))).append(seconds);
    out.append('.').append("0".repeat(6 - micros.length())).append(micros).append("] ");
  }

  /** The same as a tree. */
  Map<String, Object> tree(LogRecord record) {
    Map<String, Object> tree = new LinkedHashMap<>();
    record.sequence().ifPresent(number -> tree.put("seq", number));
    record.nanoseconds().ifPresent(time -> tree.put("timestamp_ns", time));
    if (boot.isPresent() && record.nanoseconds().isPresent()) {
      tree.put("time", boot.get().plusNanos(record.nanoseconds().getAsLong()).toString());
    }
    record.level().ifPresent(level -> tree.put("level", LEVELS.get(level)));
    record.facility().ifPresent(facility -> tree.put("facility", facility));
    record.caller().ifPresent(caller -> tree.put("caller", caller));
    tree.put("text", record.text());
    return tree;
  }
}
