package org.vmcore.gdbstub.linux;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;

/**
 * The run-time addresses of the names that some table has: the kernel's own, those of files,
 * VMCOREINFO. Safe for use by several threads.
 */
final class KernelNames implements SymbolTable {
  /** What the first byte of the kernel image is called, on one architecture or another. */
  static final List<String> IMAGE_STARTS = List.of("_text", "_stext", "_start");

  private final KernelMemory memory;
  private final Optional<Vmcoreinfo> vmcoreinfo;
  private final List<SymbolTable> others;
  private final Lazy<Optional<Kallsyms>, RuntimeException> kallsyms = Lazy.of(this::openKallsyms);

  /**
   * @param vmcoreinfo tells where the kernel's own symbol table is, and a few addresses
   * @param others further tables, asked for what that one does not know
   */
  KernelNames(KernelMemory memory, Optional<Vmcoreinfo> vmcoreinfo, List<SymbolTable> others) {
    this.memory = memory;
    this.vmcoreinfo = vmcoreinfo;
    this.others = List.copyOf(others);
  }

  /** The kernel's own symbol table, where it is in the dump. */
  Optional<Kallsyms> kallsyms() {
    return kallsyms.get();
  }

  private Optional<Kallsyms> openKallsyms() {
    return vmcoreinfo.flatMap(info -> Kallsyms.open(memory, info));
  }

  /**
   * Each name has one way to its address; and per-CPU variables by the name that they had until
   * Linux 2.6.33.
   */
  @Override
  public Map<String, Long> find(Set<String> names) {
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
    return tables;
  }

  private Map<String, Long> told(Vmcoreinfo info, Set<String> names) {
    Map<String, Long> told = new HashMap<>();
    for (String name : names) {
      info.symbol(name).ifPresent(address -> told.put(name, memory.truncate(address)));
    }
    return told;
  }

  /** An address at or shortly behind the start of the kernel's image. */
  OptionalLong imageStart() {
    Map<String, Long> found = find(Set.copyOf(IMAGE_STARTS));
    return IMAGE_STARTS.stream().filter(found::containsKey).mapToLong(found::get).findFirst();
  }
}
