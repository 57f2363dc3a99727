package org.vmcore.gdbstub.app;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.inspect.Banner;
import org.vmcore.gdbstub.machine.CrashedCpu;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * All that {@code info} tells, as a tree of maps, lists, strings, numbers and booleans with stable
 * names: printed for people, or as JSON for scripts. Addresses are hexadecimal strings, because
 * JSON numbers lose bits.
 */
final class MachineReport {
  private MachineReport() {}

  static Map<String, Object> of(CrashedMachine machine) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("dump", dump(machine));
    report.put("kernel", kernel(machine));
    report.put("symbols", SymbolsReport.of(machine));
    Map<String, Object> system = system(machine);
    if (!system.isEmpty()) {
      report.put("system", system);
    }
    report.put("cpus", cpus(machine));
    report.put("memory", MemoryReport.of(machine.dump().memory(), machine.crashKernel()));
    report.put("notes", notes(machine.dump().notes()));
    return report;
  }

  private static Map<String, Object> dump(CrashedMachine machine) {
    DumpInfo info = machine.dump().info();
    Map<String, Object> dump = new LinkedHashMap<>();
    dump.put("file", info.file());
    dump.put("size", info.fileSize());
    dump.put("format", info.format());
    dump.put("variant", info.variant());
    dump.put("compression", info.compression().stream().sorted().toList());
    putInt(dump, "dump_level", info.dumpLevel());
    info.dumpLevel().ifPresent(level -> dump.put("left_out", DumpLevel.kinds(level)));
    dump.put("erased", machine.dump().erased());
    dump.put("complete", info.incomplete().isEmpty());
    dump.put("missing", info.incomplete());
    dump.put("header", info.headerFields());
    return dump;
  }

  private static Map<String, Object> kernel(CrashedMachine machine) {
    Map<String, Object> kernel = new LinkedHashMap<>();
    kernel.put(
        "architecture",
        machine
            .architecture()
            .map(Architecture::name)
            .orElseGet(() -> machine.dump().info().machine().orElse("unknown")));
    Optional<Vmcoreinfo> vmcoreinfo = machine.vmcoreinfo();
    vmcoreinfo.flatMap(v -> v.value("OSRELEASE")).ifPresent(v -> kernel.put("release", v));
    machine.buildId().ifPresent(id -> kernel.put("build_id", id));
    crashTime(machine).ifPresent(time -> kernel.put("crash_time", time.toString()));
    vmcoreinfo.ifPresent(v -> kernel.put("vmcoreinfo_from", machine.vmcoreinfoSource()));
    try {
      KernelSpace space = machine.kernelSpace();
      putHex(kernel, "kaslr_offset", space.kaslrOffset());
      List<Map<String, Object>> facts = new ArrayList<>();
      for (KernelSpace.Fact fact : space.facts()) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("name", fact.name());
        entry.put("value", fact.value());
        entry.put("from", fact.source());
        facts.add(entry);
      }
      kernel.put("facts", facts);
    } catch (MissingFactException e) {
      kernel.put("unreadable", String.valueOf(e.getMessage()));
    }
    return kernel;
  }

  /** What crash greets people with, without what is told elsewhere. */
  private static Map<String, Object> system(CrashedMachine machine) {
    Map<String, Object> system = new LinkedHashMap<>();
    try {
      Banner.lines(machine)
          .forEach(
              (name, value) -> system.put(name.toLowerCase(Locale.ROOT).replace(' ', '_'), value));
    } catch (MissingFactException e) {
      // The reason is among the facts of the kernel.
      return Map.of();
    }
    system.keySet().removeAll(List.of("kernel", "dumpfile", "release"));
    return system;
  }

  /** CRASHTIME is seconds since 1970; only a real crash_kexec writes it. */
  static Optional<Instant> crashTime(CrashedMachine machine) {
    return machine
        .vmcoreinfo()
        .flatMap(v -> v.value("CRASHTIME"))
        .filter(text -> text.matches("[0-9]{1,12}"))
        .map(text -> Instant.ofEpochSecond(Long.parseLong(text)));
  }

  private static List<Map<String, Object>> cpus(CrashedMachine machine) {
    List<Map<String, Object>> cpus = new ArrayList<>();
    for (CrashedCpu cpu : machine.cpus()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("cpu", cpu.number());
      putInt(entry, "pid", cpu.state().pid());
      entry.put("registers", cpu.hasRegisters());
      if (cpu.hasRegisters()) {
        entry.put("mode", cpu.state().userMode() ? "user" : "kernel");
        entry.put("pc", hex(cpu.state().programCounter()));
      }
      entry.put("crashed", cpu.crashed());
      cpus.add(entry);
    }
    return cpus;
  }

  private static List<Map<String, Object>> notes(List<Note> notes) {
    List<Map<String, Object>> list = new ArrayList<>();
    for (Note note : notes) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("owner", note.name());
      entry.put("type", note.type());
      entry.put("size", note.descriptor().length);
      list.add(entry);
    }
    return list;
  }

  static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  private static void putInt(Map<String, Object> map, String key, OptionalInt value) {
    value.ifPresent(present -> map.put(key, present));
  }

  private static void putHex(Map<String, Object> map, String key, OptionalLong value) {
    value.ifPresent(present -> map.put(key, hex(present)));
  }
}
