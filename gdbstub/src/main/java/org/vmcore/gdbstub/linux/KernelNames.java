package org.vmcore.gdbstub.linux;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;

/**
 * The one way from a name of the kernel to its run-time address. Safe for use by several threads.
 */
final class KernelNames {
  private final KernelMemory memory;
  private final Optional<Vmcoreinfo> vmcoreinfo;
  private final List<SymbolTable> others;
  private final SymbolTable lastResort;
  private @Nullable Kallsyms kallsyms;
  private boolean soughtKallsyms;

  /**
   * @param vmcoreinfo tells where the kernel's own symbol table is, and a few addresses
   * @param others further tables, asked for what that one does not know
   * @param lastResort asked for what none knows
   */
  KernelNames(
      KernelMemory memory,
      Optional<Vmcoreinfo> vmcoreinfo,
      List<SymbolTable> others,
      SymbolTable lastResort) {
    this.memory = memory;
    this.vmcoreinfo = vmcoreinfo;
    this.others = List.copyOf(others);
    this.lastResort = lastResort;
  }

  /** The kernel's own symbol table, where it is in the dump. */
  synchronized Optional<Kallsyms> kallsyms() {
    if (!soughtKallsyms) {
      kallsyms = vmcoreinfo.flatMap(info -> Kallsyms.open(memory, info)).orElse(null);
      soughtKallsyms = true;
    }
    return Optional.ofNullable(kallsyms);
  }

  /**
   * Each name has one way to its address: the kernel's own table, those of files, VMCOREINFO; and
   * per-CPU variables by the name that they had until Linux 2.6.33.
   */
  Map<String, Long> find(Set<String> names) {
    Map<String, Long> found = findExactly(names);
    Set<String> missing = new HashSet<>(names);
    missing.removeAll(found.keySet());
    if (!missing.isEmpty()) {
      Map<String, Long> old =
          findExactly(
              missing.stream().map(SymbolNames.OLD_PER_CPU::concat).collect(Collectors.toSet()));
      for (String name : missing) {
        Long address = old.get(SymbolNames.OLD_PER_CPU + name);
        if (address != null) {
          found.put(name, address);
        }
      }
    }
    return found;
  }

  private Map<String, Long> findExactly(Set<String> names) {
    Map<String, Long> found = new HashMap<>();
    for (SymbolTable table : tables()) {
      if (!found.keySet().containsAll(names)) {
        table.find(names).forEach(found::putIfAbsent);
      }
    }
    return found;
  }

  private List<SymbolTable> tables() {
    List<SymbolTable> tables = new ArrayList<>();
    kallsyms().ifPresent(tables::add);
    tables.addAll(besideKallsyms());
    return tables;
  }

  /** Those that are asked for what the kernel's own table does not have. */
  List<SymbolTable> besideKallsyms() {
    List<SymbolTable> tables = new ArrayList<>(others);
    vmcoreinfo.ifPresent(info -> tables.add(names -> told(info, names)));
    tables.add(lastResort);
    return tables;
  }

  private Map<String, Long> told(Vmcoreinfo info, Set<String> names) {
    Map<String, Long> told = new HashMap<>();
    for (String name : names) {
      info.symbol(name).ifPresent(address -> told.put(name, memory.truncate(address)));
    }
    return told;
  }
}
