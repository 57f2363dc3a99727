package org.vmcore.gdbstub.inspect.analyze;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.oops.LogLine;
import org.vmcore.gdbstub.linux.oops.Oops;

/** Lines outside of reports by which a failure may have announced itself. */
final class LinesThatMatter {
  /** More than this nobody reads; the log has all. */
  private static final int MAX = 20;

  private static final Pattern TELLING =
      Pattern.compile(
          "I/O error|Hardware Error|Machine check|EDAC .{0,80}[CU]E |Out of memory|oom-kill|invoked"
              + " oom-killer|page allocation failure|AER: .{0,60}error|link is down|Link is"
              + " Down|task abort|resetting adapter|(?:EXT[234]|XFS|BTRFS)["
              + " -].{0,80}(?:error|[Cc]orrupt|shutdown)|nobody cared|soft lockup|hung_task: |NETDEV"
              + " WATCHDOG|DMAR: .{0,40}fault|AMD-Vi: .{0,40}PAGE_FAULT|segfault at|Tainted:|taints"
              + " kernel|watchdog did not stop|thermal .{0,60}critical|SError|MCE|list_(?:add|del)"
              + " corruption");

  private final List<LogLine> lines;
  private final List<Oops> reports;

  LinesThatMatter(List<LogLine> lines, List<Oops> reports) {
    this.lines = lines;
    this.reports = reports;
  }

  /** The last of them before the first report, each kind once, with how often it was said. */
  List<String> list() {
    int end = reports.isEmpty() ? lines.size() : reports.get(0).firstLine();
    Map<String, String> kinds = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (LogLine line : lines.subList(0, end)) {
      String text = line.text().strip();
      String head = text.substring(0, Math.min(text.length(), 400));
      if (TELLING.matcher(head).find()) {
        String kind = head.replaceAll("\\d+", "#");
        kinds.remove(kind);
        kinds.put(kind, head);
        counts.merge(kind, 1, Integer::sum);
      }
    }
    List<String> told =
        kinds.entrySet().stream()
            .map(
                entry ->
                    counts.getOrDefault(entry.getKey(), 1) == 1
                        ? entry.getValue()
                        : entry.getValue() + " (" + counts.get(entry.getKey()) + " times the like)")
            .toList();
    return told.subList(Math.max(0, told.size() - MAX), told.size());
  }
}
