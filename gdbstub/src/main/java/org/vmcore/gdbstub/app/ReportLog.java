package org.vmcore.gdbstub.app;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The end of the kernel's log, from a little before its last words began.
 *
 * @param lines that are shown
 * @param cause the first line in which the kernel says that something is wrong, without its time
 */
record ReportLog(List<String> lines, Optional<String> cause) {
  /**
   * How the kernel's reports of its own end begin (Linux kernel/panic.c, lib/bug.c,
   * kernel/watchdog.c, and each architecture's traps.c, fault.c and dumpstack.c).
   */
  private static final Pattern LAST_WORDS =
      Pattern.compile(
          "BUG: |Oops: |Oops\\[|kernel BUG at |Kernel panic - |Unable to handle kernel |Internal error:"
              + " |general protection fault|Unable to handle kernel|watchdog: BUG:|sysrq: Trigger a"
              + " crash|SysRq : Trigger a crash|Kernel BUG|illegal operation: |Hardware Error");

  /** Time and thread or CPU in brackets, as printk's prefix has them. */
  private static final Pattern PREFIX = Pattern.compile("^(<\\d+>)?(\\[[^\\]]*\\]\\s*)*");

  /** How far back the beginning of the last words is looked for. */
  private static final int SEARCHED = 400;

  private static final int BEFORE = 12;
  private static final int SHOWN = 250;

  /** Without any such words. */
  private static final int END = 60;

  ReportLog {
    lines = List.copyOf(lines);
  }

  static ReportLog of(String log) {
    List<String> all = log.lines().toList();
    for (int i = Math.max(0, all.size() - SEARCHED); i < all.size(); i++) {
      if (LAST_WORDS.matcher(all.get(i)).find()) {
        int from = Math.max(0, i - BEFORE);
        return new ReportLog(
            all.subList(from, Math.min(all.size(), from + SHOWN)),
            Optional.of(PREFIX.matcher(all.get(i)).replaceFirst("").strip()));
      }
    }
    return new ReportLog(all.subList(Math.max(0, all.size() - END), all.size()), Optional.empty());
  }

  Optional<ReportSection> section() {
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    StringBuilder html = new StringBuilder("<pre>");
    for (String line : lines) {
      html.append(LAST_WORDS.matcher(line).find() ? Html.element("mark", line) : Html.escape(line));
      html.append('\n');
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    cause.ifPresent(words -> tree.put("cause", words));
    tree.put("lines", lines);
    return Optional.of(
        new ReportSection(
            "log",
            "End of the log",
            Html.scrolling("End of the log", html.append("</pre>\n").toString()),
            tree));
  }
}
