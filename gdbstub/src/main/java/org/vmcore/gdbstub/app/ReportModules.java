package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.inspect.symbols.Mod;
import org.vmcore.gdbstub.inspect.view.Fields;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.linux.SystemState;
import org.vmcore.gdbstub.linux.Taint;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** What taints the kernel, and its modules. */
final class ReportModules {
  /** Longer lists are shown when somebody asks for them. */
  private static final int MAX_SHOWN = 12;

  private ReportModules() {}

  /**
   * What taints the kernel.
   *
   * @param mask {@code TAINT_*} bits
   * @param letters as the kernel prints them
   */
  record Taints(@Hex long mask, String letters, List<Taint> taints) {
    static Taints of(long mask) {
      List<Taint> taints = Taint.of(mask);
      return new Taints(mask, Taint.letters(taints), taints);
    }
  }

  static Optional<ReportSection> taint(CrashedMachine machine) throws MissingFactException {
    OptionalLong mask = new SystemState(machine.linux()).taint();
    if (mask.isEmpty()) {
      return Optional.empty();
    }
    Taints taints = Taints.of(mask.getAsLong());
    StringBuilder html = new StringBuilder();
    if (taints.taints().isEmpty()) {
      html.append(Html.paragraph("The kernel is not tainted."));
    } else {
      html.append("<ul class=\"taints\">\n");
      for (Taint taint : taints.taints()) {
        html.append(
            "<li><code>%c</code> %s</li>\n"
                .formatted(taint.letter(), Html.escape(taint.meaning())));
      }
      html.append("</ul>\n");
    }
    return Optional.of(new ReportSection("taint", "Taint", html.toString(), taints));
  }

  static Optional<ReportSection> list(CrashedMachine machine)
      throws NoAnswerException, MissingFactException, KernelReadException {
    Call call = new Call(machine, new Call.Listener() {});
    List<Mod.Module> modules = new ArrayList<>(new Mod().answer(call).modules());
    if (modules.isEmpty()) {
      return Optional.empty();
    }
    modules.sort(Comparator.comparing(Mod.Module::name));
    List<List<String>> rows = new ArrayList<>();
    for (Mod.Module module : modules) {
      rows.add(
          List.of(
              module.name(),
              Fields.hex(module.base()),
              Long.toUnsignedString(module.size()),
              module.buildId().orElse("")));
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
    String html = count > MAX_SHOWN ? Html.folded("All " + count + " modules", table) : table;
    return Optional.of(new ReportSection("modules", "Modules", html, modules));
  }
}
