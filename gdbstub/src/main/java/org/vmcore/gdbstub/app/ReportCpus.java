package org.vmcore.gdbstub.app;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.gdbstub.inspect.view.Fields;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.tasks.Task;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** What each CPU was doing, and the registers of the one that brought the machine down. */
final class ReportCpus {
  /** Machines have hundreds of CPUs, and a page that tells of all of them tells nothing. */
  private static final int MAX_CPUS = 512;

  private ReportCpus() {}

  /**
   * A CPU.
   *
   * @param crashed whether it brought the machine down
   * @param pid of what it ran, and {@code comm} its name
   * @param mode {@code user} or {@code kernel}; none where the dump has no registers of it
   * @param in the function that it was in
   * @param pc its program counter
   */
  record Cpu(
      int cpu,
      boolean crashed,
      OptionalInt pid,
      Optional<String> comm,
      Optional<String> mode,
      Optional<String> in,
      @Hex OptionalLong pc) {

    static Cpu of(CrashedMachine machine, CrashedCpu cpu) {
      Optional<Task> task = task(machine, cpu);
      boolean known = cpu.hasRegisters();
      long pc = cpu.state().programCounter();
      return new Cpu(
          cpu.number(),
          cpu.crashed(),
          task.isPresent() ? OptionalInt.of(task.get().pid()) : cpu.state().pid(),
          task.map(Task::comm),
          known ? Optional.of(cpu.state().userMode() ? "user" : "kernel") : Optional.empty(),
          known && !cpu.state().userMode() ? symbol(machine, pc) : Optional.empty(),
          known ? OptionalLong.of(pc) : OptionalLong.empty());
    }

    private List<String> cells() {
      return List.of(
          cpu + (crashed ? " crashed" : ""),
          pid.isPresent() ? String.valueOf(pid.getAsInt()) : "",
          comm.orElse(""),
          mode.orElse("registers are not in this dump"),
          in.orElse(""),
          pc.isPresent() ? Fields.hex(pc.getAsLong()) : "");
    }
  }

  private static Optional<Task> task(CrashedMachine machine, CrashedCpu cpu) {
    try {
      return machine.tasks().list().current(cpu.number());
    } catch (MissingFactException e) {
      // The reason is told of the tasks.
      return Optional.empty();
    }
  }

  private static Optional<String> symbol(CrashedMachine machine, long address) {
    try {
      return machine.linux().symbolNames().at(address).map(ReportCpus::withModule);
    } catch (MissingFactException e) {
      // The reason is told of the backtrace.
      return Optional.empty();
    }
  }

  private static String withModule(SymbolNames.Located located) {
    return located.text() + located.symbol().module().map(name -> " [" + name + "]").orElse("");
  }

  static Optional<ReportSection> list(CrashedMachine machine) {
    List<Cpu> cpus = machine.cpus().stream().map(cpu -> Cpu.of(machine, cpu)).toList();
    if (cpus.isEmpty()) {
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
            cpus.stream().limit(MAX_CPUS).map(Cpu::cells).toList());
    int left = cpus.size() - MAX_CPUS;
    String more = left > 0 ? Html.paragraph("And %d CPUs more.".formatted(left)) : "";
    return Optional.of(new ReportSection("cpus", "CPUs", table + more, cpus));
  }

  static Optional<ReportSection> registers(CrashedMachine machine) {
    Optional<CrashedCpu> crashed =
        machine.cpus().stream().filter(cpu -> cpu.crashed() && cpu.hasRegisters()).findFirst();
    if (crashed.isEmpty()) {
      return Optional.empty();
    }
    RegisterValues values = crashed.get().state().registers();
    Map<String, String> data = new LinkedHashMap<>();
    StringBuilder html = new StringBuilder("<dl class=\"registers\">\n");
    // The first feature has the general registers, in every architecture.
    for (Register register : values.set().features().get(0).registers()) {
      OptionalLong value = values.value(register.name());
      if (value.isPresent()) {
        data.put(register.name(), Fields.hex(value.getAsLong()));
        String digits =
            String.format(Locale.ROOT, "%0" + register.bits() / 4 + "x", value.getAsLong());
        html.append(
            "<div><dt>%s</dt><dd>%s</dd></div>\n".formatted(Html.escape(register.name()), digits));
      }
    }
    String title = "Registers of CPU " + crashed.get().number();
    return data.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ReportSection("registers", title, html.append("</dl>\n").toString(), data));
  }
}
