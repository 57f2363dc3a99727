package org.vmcore.gdbstub.linux.log;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the kernel said last of why it died. */
public final class PanicMessage {
  private static final Pattern PANIC = Pattern.compile("Kernel panic - not syncing");

  /** A panic that tells no more than that an oops came before. */
  private static final Pattern AFTER_OOPS =
      Pattern.compile("Kernel panic - not syncing: Fatal exception");

  private static final Pattern OOPS =
      Pattern.compile(
          "^(?:Oops: |Internal error: |Kernel BUG|kernel BUG at |BUG: |Unable to handle kernel "
              + "|Oops - |general protection fault|double fault: |divide error: |stack segment: "
              + "|.*-- Oops|.* \\[#\\d+\\])");

  private static final Pattern SYSRQ = Pattern.compile("(?i)^sysrq ?: .*crash");

  private PanicMessage() {}

  /** A CPU's number in what an oops prints of it. Linux 2.6 has it alone in a line on x86-64. */
  private static final Pattern CPU = Pattern.compile("\\bCPU: ?(\\d{1,4})\\b|^CPU (\\d{1,4}) *$");

  /** An oops tells its CPU within so many lines. */
  private static final int NEAR = 40;

  /**
   * The last message of a panic; where that only says that an exception was fatal, or there is
   * none, the last one of an oops; else the request for a crash, which until Linux 5.1 was carried
   * out by an oops (commit 8341f2f222d7, "sysrq: Use panic() to force a crash"). First lines only.
   */
  public static Optional<String> of(List<LogRecord> records) {
    OptionalInt at = find(records);
    return at.isPresent() ? Optional.of(firstLine(records.get(at.getAsInt()))) : Optional.empty();
  }

  /** The CPU that the log says this happened on. */
  public static OptionalInt cpu(List<LogRecord> records) {
    OptionalInt at = find(records);
    for (int i = at.orElse(records.size()); i < records.size() && i < at.getAsInt() + NEAR; i++) {
      for (String line : records.get(i).text().lines().toList()) {
        Matcher matcher = CPU.matcher(line);
        if (matcher.find()) {
          return OptionalInt.of(
              Integer.parseInt(matcher.group(1) == null ? matcher.group(2) : matcher.group(1)));
        }
      }
    }
    return OptionalInt.empty();
  }

  /** Whether a message is a request for a crash, made by a user. */
  public static boolean isRequest(String message) {
    return SYSRQ.matcher(message).find();
  }

  private static String firstLine(LogRecord record) {
    return record.text().lines().findFirst().orElse("");
  }

  private static OptionalInt find(List<LogRecord> records) {
    OptionalInt request = OptionalInt.empty();
    OptionalInt oops = OptionalInt.empty();
    OptionalInt panic = OptionalInt.empty();
    for (int i = 0; i < records.size(); i++) {
      String line = firstLine(records.get(i));
      boolean explained = oops.isPresent() || request.isPresent();
      if (AFTER_OOPS.matcher(line).find() && explained) {
        panic = OptionalInt.empty();
      } else if (PANIC.matcher(line).lookingAt()) {
        panic = OptionalInt.of(i);
      } else if (OOPS.matcher(line).find() && request.isEmpty()) {
        oops = OptionalInt.of(i);
      } else if (SYSRQ.matcher(line).find()) {
        request = OptionalInt.of(i);
        oops = OptionalInt.empty();
      }
    }
    if (panic.isPresent()) {
      return panic;
    }
    return oops.isPresent() ? oops : request;
  }
}
