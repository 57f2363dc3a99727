package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** What each CPU was doing, and the registers of the one that brought the machine down. */
final class ReportCpus {
  /** Machines have hundreds of CPUs, and a page that tells of all of them tells nothing. */
  private static final int MAX_CPUS = 512;

  private ReportCpus() {}

  static Optional<ReportSection> list(CrashedMachine machine) {
    List<List<String>> rows = new ArrayList<>();
    List<Object> tree = new ArrayList<>();
    for (CrashedCpu cpu : machine.cpus()) {
      Map<String, Object> one = cpu(machine, cpu);
      tree.add(one);
      if (rows.size() < MAX_CPUS) {
        rows.add(
            List.of(
                cpu.number() + (cpu.crashed() ? " crashed" : ""),
                text(one, "pid"),
                text(one, "comm"),
                text(one, "mode"),
                text(one, "in"),
                text(one, "pc")));
      }
    }
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    String table =
        Html.table(
            "CPUs",
            List.of(
                Html.Column.text("CPU"),
                Html.Column.number("PID"),
                Html.Column.code("Task"),
                Html.Column.text("Mode"),
                Html.Column.code("In"),
                Html.Column.code("Program counter")),
            rows);
    String more =
        tree.size() > rows.size()
            ? Html.paragraph("And %d CPUs more.".formatted(tree.size() - rows.size()))
            : "";
    return Optional.of(new ReportSection("cpus", "CPUs", table + more, tree));
  }

  private static String text(Map<String, Object> map, String key) {
    return String.valueOf(map.getOrDefault(key, ""));
  }

  private static Map<String, Object> cpu(CrashedMachine machine, CrashedCpu cpu) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("cpu", cpu.number());
    one.put("crashed", cpu.crashed());
    Optional<Task> task = task(machine, cpu);
    if (task.isPresent()) {
      one.put("pid", task.get().pid());
      one.put("comm", task.get().comm());
    } else if (cpu.state().pid().isPresent()) {
      one.put("pid", cpu.state().pid().getAsInt());
    }
    if (cpu.hasRegisters()) {
      one.put("mode", cpu.state().userMode() ? "user" : "kernel");
      one.put("pc", MachineReport.hex(cpu.state().programCounter()));
      if (!cpu.state().userMode()) {
        symbol(machine, cpu.state().programCounter()).ifPresent(name -> one.put("in", name));
      }
    } else {
      one.put("mode", "registers are not in this dump");
    }
    return one;
  }

  private static Optional<Task> task(CrashedMachine machine, CrashedCpu cpu) {
    try {
      return machine.tasks().list().current(cpu.number());
    } catch (MissingFactException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> symbol(CrashedMachine machine, long address) {
    try {
      return machine.linux().symbolNames().at(address).map(ReportCpus::withModule);
    } catch (MissingFactException e) {
      return Optional.empty();
    }
  }

  private static String withModule(SymbolNames.Located located) {
    return located.text() + located.symbol().module().map(name -> " [" + name + "]").orElse("");
  }

  static Optional<ReportSection> registers(CrashedMachine machine) {
    Optional<CrashedCpu> crashed =
        machine.cpus().stream().filter(cpu -> cpu.crashed() && cpu.hasRegisters()).findFirst();
    if (crashed.isEmpty()) {
      return Optional.empty();
    }
    RegisterValues values = crashed.get().state().registers();
    Map<String, Object> tree = new LinkedHashMap<>();
    StringBuilder html = new StringBuilder("<dl class=\"registers\">\n");
    // The first feature has the general registers, in every architecture.
    for (Register register : values.set().features().get(0).registers()) {
      OptionalLong value = values.value(register.name());
      if (value.isPresent()) {
        tree.put(register.name(), MachineReport.hex(value.getAsLong()));
        String digits =
            String.format(Locale.ROOT, "%0" + register.bits() / 4 + "x", value.getAsLong());
        html.append(
            "<div><dt>%s</dt><dd>%s</dd></div>\n".formatted(Html.escape(register.name()), digits));
      }
    }
    String title = "Registers of CPU " + crashed.get().number();
    return tree.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ReportSection("registers", title, html.append("</dl>\n").toString(), tree));
  }
}
