package org.vmcore.gdbstub.linux.log;

import java.util.List;
import java.util.Optional;
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

  /**
   * The last message of a panic; where that only says that an exception was fatal, or there is
   * none, the last one of an oops; else the request for a crash. First lines only.
   */
  public static Optional<String> of(List<LogRecord> records) {
    Optional<String> request = Optional.empty();
    Optional<String> oops = Optional.empty();
    Optional<String> panic = Optional.empty();
    for (LogRecord record : records) {
      String line = record.text().lines().findFirst().orElse("");
      if (AFTER_OOPS.matcher(line).find() && oops.isPresent()) {
        panic = Optional.empty();
      } else if (PANIC.matcher(line).lookingAt()) {
        panic = Optional.of(line);
      } else if (OOPS.matcher(line).find()) {
        oops = Optional.of(line);
      } else if (SYSRQ.matcher(line).find()) {
        request = Optional.of(line);
      }
    }
    if (panic.isPresent()) {
      return panic;
    }
    return oops.isPresent() ? oops : request;
  }
}
