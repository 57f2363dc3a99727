package org.vmcore.gdbstub.inspect.log;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.vmcore.gdbstub.inspect.view.Text;

/**
 * Messages of the kernel as crash's {@code log} lays them out: further lines of a message stand
 * below its first.
 *
 * @param times whether each begins with its time
 * @param callers whether it is told who printed each
 * @param levels whether the level is put before the text
 * @param devices whether what is told udev stands below it
 */
public record LogText(boolean times, boolean callers, boolean levels, boolean devices) {
  /** As crash and date(1) print it, in UTC. */
  public static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss 'UTC' yyyy", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final long NANOS_PER_MICRO = 1000;

  /** Whole lines, of nothing but printable ASCII and tabs. */
  public String of(Message message) {
    StringBuilder out = new StringBuilder();
    if (times && message.time().isPresent()) {
      out.append('[').append(DATE.format(message.time().get())).append("] ");
    } else if (times && message.timestampNs().isPresent()) {
      time(out, message.timestampNs().getAsLong());
    }
    if (callers && message.caller().isPresent()) {
      out.append(Text.format("[%8s] ", message.caller().get()));
    }
    if (levels && message.level().isPresent()) {
      out.append('<').append(message.level().get().number()).append('>');
    }
    String indentation = " ".repeat(out.length());
    String text = message.text();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        out.append('\n').append(indentation);
      } else {
        // As dmesg(1) and crash have it.
        out.append((c >= ' ' && c <= '~') || c == '\t' ? c : '.');
      }
    }
    out.append('\n');
    for (String told : devices ? message.device() : List.<String>of()) {
      out.append(indentation).append(told).append('\n');
    }
    return out.toString();
  }

  private static void time(StringBuilder out, long nanoseconds) {
    String seconds =
        Long.toUnsignedString(Long.divideUnsigned(nanoseconds, Level.NANOS_PER_SECOND));
    String micros =
        Long.toString(
            Long.remainderUnsigned(nanoseconds, Level.NANOS_PER_SECOND) / NANOS_PER_MICRO);
    out.append('[').append(" ".repeat(Math.max(0, 5 - seconds.length()))).append(seconds);
    out.append('.').append("0".repeat(6 - micros.length())).append(micros).append("] ");
  }
}
