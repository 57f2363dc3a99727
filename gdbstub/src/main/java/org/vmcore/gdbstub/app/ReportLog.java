package org.vmcore.gdbstub.app;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.inspect.log.LogText;
import org.vmcore.gdbstub.inspect.log.Message;

/**
 * The end of the kernel's log, from a little before its last words began.
 *
 * @param cause the first line in which the kernel says that something is wrong
 * @param messages that are shown
 */
record ReportLog(Optional<String> cause, List<Message> messages) {
  /**
   * How the kernel's reports of its own end begin (Linux kernel/panic.c, lib/bug.c,
   * kernel/watchdog.c, and each architecture's traps.c, fault.c and dumpstack.c).
   */
  private static final Pattern LAST_WORDS =
      Pattern.compile(
          "BUG: |Oops: |Oops\\[|kernel BUG at |Kernel panic - |Unable to handle kernel |Internal"
              + " error: |general protection fault|Unable to handle kernel|watchdog: BUG:|sysrq:"
              + " Trigger a crash|SysRq : Trigger a crash|Kernel BUG|illegal operation: |Hardware"
              + " Error");

  /** How far back the beginning of the last words is looked for. */
  private static final int SEARCHED = 400;

  private static final int BEFORE = 12;
  private static final int SHOWN = 250;

  /** Without any such words. */
  private static final int END = 60;

  ReportLog {
    messages = List.copyOf(messages);
  }

  /**
   * @param all the oldest first
   */
  static ReportLog of(List<Message> all) {
    for (int i = Math.max(0, all.size() - SEARCHED); i < all.size(); i++) {
      Optional<String> words =
          all.get(i).text().lines().filter(line -> LAST_WORDS.matcher(line).find()).findFirst();
      if (words.isPresent()) {
        int from = Math.max(0, i - BEFORE);
        return new ReportLog(
            words.map(String::strip), all.subList(from, Math.min(all.size(), from + SHOWN)));
      }
    }
    return new ReportLog(Optional.empty(), all.subList(Math.max(0, all.size() - END), all.size()));
  }

  Optional<ReportSection> section() {
    if (messages.isEmpty()) {
      return Optional.empty();
    }
    LogText layout = new LogText(true, false, false, false);
    StringBuilder html = new StringBuilder("<pre>");
    for (Message message : messages) {
      for (String line : layout.of(message).lines().toList()) {
        boolean last = LAST_WORDS.matcher(line).find();
        html.append(last ? Html.element("mark", line) : Html.escape(line)).append('\n');
      }
    }
    return Optional.of(
        new ReportSection(
            "log",
            "End of the log",
            Html.scrolling("End of the log", html.append("</pre>\n").toString()),
            this));
  }
}
