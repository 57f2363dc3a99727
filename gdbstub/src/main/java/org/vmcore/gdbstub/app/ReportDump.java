package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.gdbstub.inspect.dump.DumpLevel;
import org.vmcore.gdbstub.inspect.dump.MachineReport;
import org.vmcore.gdbstub.inspect.dump.MemoryMap;
import org.vmcore.gdbstub.inspect.dump.MemoryMap.Kind;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** What the dump is, and what of the machine's memory it holds. */
final class ReportDump {
  private static final int MAP_ROWS = 16;

  private ReportDump() {}

  static Optional<ReportSection> memory(CrashedMachine machine) {
    MemoryMap map = MemoryMap.of(machine.dump().memory(), machine.crashKernel(), MAP_ROWS);
    Map<Kind, Long> bytes = new EnumMap<>(Kind.class);
    List<String> words = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      bytes.put(kind, map.total(kind));
      if (map.total(kind) > 0) {
        words.add(Sizes.of(map.total(kind)) + " " + kind.label());
      }
    }
    if (words.isEmpty()) {
      return Optional.empty();
    }
    String sum = String.join(", ", words);
    String picture = MemoryMapSvg.of(map, "Physical memory");
    String html =
        Html.paragraph(sum + ".")
            + Html.scrolling(
                "Map of physical memory",
                "<figure role=\"img\" aria-label=\"Map of physical memory: %s\">\n%s</figure>\n"
                    .formatted(Html.escape(sum), picture));
    return Optional.of(new ReportSection("memory", "Memory", html, bytes));
  }

  static Optional<ReportSection> dump(CrashedMachine machine) {
    DumpInfo info = machine.dump().info();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("File", info.file());
    List<String> format = new ArrayList<>(List.of(info.format()));
    info.compression().stream().sorted().forEach(format::add);
    format.add(Sizes.of(info.fileSize()));
    facts.put("Format", String.join(", ", format));
    facts.put("Complete", info.incomplete().isEmpty() ? "yes" : "no");
    info.dumpLevel()
        .ifPresent(level -> facts.put("Left out", leftOut(level, DumpLevel.kinds(level))));
    machine.buildId().ifPresent(id -> facts.put("Build id", id));
    StringBuilder html = new StringBuilder(facts(facts));
    if (!machine.dump().erased().isEmpty()) {
      html.append(Html.paragraph("Erased: " + String.join(", ", machine.dump().erased()) + "."));
    }
    MachineReport.File file = MachineReport.File.of(machine);
    return Optional.of(new ReportSection("dump", "The dump", html.toString(), file));
  }

  private static String leftOut(int level, List<String> kinds) {
    return kinds.isEmpty() ? "nothing" : String.join(", ", kinds) + " (level " + level + ")";
  }

  /** Facts by name, as a list. */
  static String facts(Map<String, String> facts) {
    StringBuilder html = new StringBuilder("<dl class=\"facts\">\n");
    facts.forEach(
        (name, value) ->
            html.append(
                "<div>%s%s</div>\n"
                    .formatted(Html.element("dt", name), Html.element("dd", value))));
    return html.append("</dl>\n").toString();
  }
}
