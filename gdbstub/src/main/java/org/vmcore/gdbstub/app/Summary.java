package org.vmcore.gdbstub.app;

import java.io.PrintStream;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.gdbstub.Version;
import org.vmcore.gdbstub.inspect.dump.SymbolsReport;
import org.vmcore.gdbstub.inspect.machine.Banner;
import org.vmcore.gdbstub.inspect.machine.MachineState;
import org.vmcore.gdbstub.inspect.query.Notes;
import org.vmcore.gdbstub.inspect.view.Fields;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.machine.CrashTime;
import org.vmcore.gdbstub.machine.CrashVerdict;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/** What a dump is, in the few lines that {@code serve} starts with. */
final class Summary {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private Summary() {}

  static void print(CrashedMachine machine, PrintStream out) throws MissingFactException {
    Text text = new Text(out::print, machine.pointerBytes() * 2);
    text.print("vmcore-gdbserver %s\n", Version.get());
    line(text, "dump", dump(machine.dump().info()));
    line(text, "kernel", kernel(machine));
    line(text, "crash", crash(machine));
    String name = "symbols";
    for (String words : SymbolsReport.lines(machine)) {
      line(text, name, words);
      name = "";
    }
    Optional<String> unreadable = noVirtualMemory(machine);
    if (unreadable.isEmpty()) {
      Notes notes = new Notes();
      Banner.print(more(machine, notes), text);
      notes.incomplete().forEach(sentence -> text.notAll(Optional.of(sentence)));
    }
    warnings(machine).forEach(out::println);
    unreadable.ifPresent(out::println);
  }

  /** What the lines above do not tell. */
  private static Map<String, String> more(CrashedMachine machine, Notes notes)
      throws MissingFactException {
    MachineState state = MachineState.quick(machine, notes);
    Map<String, String> lines =
        new LinkedHashMap<>(Banner.lines(state, machine.pointerBytes() * 2));
    lines.keySet().removeAll(List.of("KERNEL", "DUMPFILE", "RELEASE"));
    if (CrashTime.written(machine).isPresent()) {
      lines.remove("DATE");
    }
    if (machine.crash().outcome() == CrashVerdict.Outcome.NOT_CRASHED) {
      lines.remove("PANIC");
    }
    if (!lines.getOrDefault("CPUS", "").contains("OFFLINE")) {
      lines.remove("CPUS");
    }
    return lines;
  }

  private static void line(Text out, String name, String value) {
    out.print("  %-7s %s\n", name, value);
  }

  private static String dump(DumpInfo info) {
    List<String> about = new ArrayList<>(List.of(info.format()));
    about.addAll(info.compression().stream().sorted().toList());
    about.add(Sizes.of(info.fileSize()));
    return info.file() + " (" + String.join(", ", about) + ")";
  }

  private static String kernel(CrashedMachine machine) {
    String release =
        machine.vmcoreinfo().flatMap(v -> v.value("OSRELEASE")).orElse("unknown release");
    String architecture = machine.architecture().map(Architecture::name).orElse("unknown");
    return release
        + " "
        + architecture
        + machine.buildId().map(id -> ", build id " + id).orElse("");
  }

  private static String crash(CrashedMachine machine) throws MissingFactException {
    List<CrashedCpu> cpus = machine.cpus();
    StringBuilder text = new StringBuilder();
    CrashTime.written(machine).ifPresent(time -> text.append(TIME.format(time)).append(' '));
    CrashVerdict verdict = machine.crash();
    if (verdict.outcome() == CrashVerdict.Outcome.NOT_CRASHED) {
      text.append("not crashed, only stopped: ").append(verdict.reason()).append("; ");
    } else {
      verdict.cpu().ifPresent(cpu -> text.append("on CPU ").append(cpu).append(" of "));
      if (verdict.cpu().isEmpty() && !text.isEmpty()) {
        text.append("on an unknown one of ");
      }
    }
    text.append(cpus.size()).append(cpus.size() == 1 ? " CPU" : " CPUs");
    machine
        .kaslrOffset()
        .ifPresent(offset -> text.append(", KASLR offset ").append(Fields.hex(offset)));
    return text.toString();
  }

  /** What can be seen of a machine whose page tables are not found, and why not more. */
  private static Optional<String> noVirtualMemory(CrashedMachine machine) {
    try {
      machine.kernelSpace();
      return Optional.empty();
    } catch (MissingFactException e) {
      return Optional.of(
          "warning: there are only registers and physical memory (gdb: maintenance packet"
              + " Qqemu.PhyMemMode:1), as no virtual address can be read: "
              + e.getMessage());
    }
  }

  /** Lines that a user should see before trusting what follows. */
  static List<String> warnings(CrashedMachine machine) {
    List<String> warnings = new ArrayList<>();
    machine.dump().info().incomplete().forEach(text -> warnings.add("warning: " + text));
    vmlinuxWarning(machine).ifPresent(warnings::add);
    return warnings;
  }

  static Optional<String> vmlinuxWarning(CrashedMachine machine) {
    return machine
        .vmlinuxMismatch()
        .map(
            text ->
                "warning: %s; it is %s"
                    .formatted(
                        text,
                        machine.vmlinux().isPresent()
                            ? "used all the same"
                            : "not used (--any-build-id would use it all the same)"));
  }
}
