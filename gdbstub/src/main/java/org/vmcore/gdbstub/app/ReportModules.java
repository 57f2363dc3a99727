package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** What taints the kernel, and its modules. */
final class ReportModules {
  /**
   * What the bits of the kernel's taint mean, bit 0 first (Linux
   * Documentation/admin-guide/tainted-kernels.rst).
   */
  private static final List<String> TAINTS =
      List.of(
          "P a proprietary module was loaded",
          "F a module was loaded by force",
          "S processors or firmware outside of what they are specified for",
          "R a module was unloaded by force",
          "M the hardware reported a machine check",
          "B a page was in a bad state",
          "U user space asked for this mark",
          "D it had an oops or a BUG before",
          "A an ACPI table was overridden",
          "W it had warned before",
          "C a staging driver was loaded",
          "I a firmware bug was worked around",
          "O a module from outside the kernel's tree was loaded",
          "E an unsigned module was loaded",
          "L a CPU was locked up",
          "K it was patched live",
          "X a mark of the distribution's own",
          "T built with randomised structures",
          "N a test was run in it",
          "J user space changed a mutating debug operation");

  private ReportModules() {}

  static Optional<ReportSection> taint(CrashedMachine machine) throws MissingFactException {
    OptionalLong mask = new SystemState(machine.linux()).taint();
    if (mask.isEmpty()) {
      return Optional.empty();
    }
    List<String> meanings = new ArrayList<>();
    for (int bit = 0; bit < TAINTS.size(); bit++) {
      if ((mask.getAsLong() >>> bit & 1) != 0) {
        meanings.add(TAINTS.get(bit));
      }
    }
    StringBuilder html = new StringBuilder();
    if (meanings.isEmpty()) {
      html.append(Html.paragraph("The kernel is not tainted."));
    } else {
      html.append("<ul class=\"taints\">\n");
      for (String meaning : meanings) {
        html.append(
            "<li><code>%s</code> %s</li>\n"
                .formatted(meaning.substring(0, 1), Html.escape(meaning.substring(2))));
      }
      html.append("</ul>\n");
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("mask", MachineReport.hex(mask.getAsLong()));
    StringBuilder letters = new StringBuilder();
    meanings.forEach(meaning -> letters.append(meaning.charAt(0)));
    tree.put("letters", letters.toString());
    return Optional.of(new ReportSection("taint", "Taint", html.toString(), tree));
  }

  static Optional<ReportSection> list(CrashedMachine machine) throws MissingFactException {
    List<KernelModule> modules = new ArrayList<>(machine.linux().modules());
    if (modules.isEmpty()) {
      return Optional.empty();
    }
    modules.sort(Comparator.comparing(KernelModule::name));
    List<List<String>> rows = new ArrayList<>();
    List<Object> tree = new ArrayList<>();
    for (KernelModule module : modules) {
      rows.add(
          List.of(
              module.name(),
              MachineReport.hex(module.base()),
              Long.toUnsignedString(module.size()),
              module.buildId().orElse("")));
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", module.name());
      one.put("base", MachineReport.hex(module.base()));
      one.put("size", module.size());
      module.buildId().ifPresent(id -> one.put("build_id", id));
      tree.add(one);
    }
    String table =
        Html.table(
            "Modules",
            List.of(
                Html.Column.code("Name"),
                Html.Column.code("Base"),
                Html.Column.number("Bytes"),
                Html.Column.code("Build id")),
            rows);
    int count = modules.size();
    String html = count > 12 ? Html.folded("All " + count + " modules", table) : table;
    return Optional.of(new ReportSection("modules", "Modules", html, tree));
  }
}
