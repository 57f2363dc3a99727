package org.vmcore.gdbstub.symbols.write;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.Version;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.symbols.write.Regions.Kind;
import org.vmcore.gdbstub.symbols.write.Regions.Region;
import org.vmcore.gdbstub.symbols.write.dwarf.DebugInfo;
import org.vmcore.gdbstub.symbols.write.elf.ElfBuilder;

/**
 * An ELF file of what a dump itself tells of its kernel and modules: their symbols, and DWARF for
 * their types, for functions with what they take, and for variables whose type is known. Addresses
 * are those of the run; the file is not to be relocated.
 */
public final class SymbolFile {
  static final String PRODUCER =
      "vmcore-gdbserver " + Version.get() + " (kallsyms and BTF of a crash dump)";

  /** As many as ELF can number without extensions; thousands of modules have fewer. */
  private static final int MAX_SECTIONS = 0xf000;

  private final ElfBuilder elf;
  private final DebugInfo debug;

  /** What debuggers add to the addresses of sections, and of the symbols in them. */
  private final long origin;

  private final List<Placed> kernel = new ArrayList<>();
  private int sections;

  /**
   * @param section its number in the file
   */
  private record Placed(Region region, int section) {}

  private SymbolFile(ElfBuilder elf, DebugInfo debug, long origin) {
    this.elf = elf;
    this.debug = debug;
    this.origin = origin;
  }

  /**
   * Makes the file.
   *
   * @param machine {@code e_machine} of the kernel's architecture
   * @param debugFrame the bytes of {@code .debug_frame}, where call-frame information is known
   * @return empty where the dump does not have the kernel's symbols
   */
  public static Optional<byte[]> of(LinuxKernel kernel, int machine, Optional<byte[]> debugFrame) {
    return kernel.kallsyms().map(symbols -> make(kernel, symbols, machine, debugFrame));
  }

  private static byte[] make(
      LinuxKernel kernel, Kallsyms kallsyms, int machine, Optional<byte[]> debugFrame) {
    int word = kernel.memory().wordBytes();
    ElfBuilder elf = new ElfBuilder(machine, kernel.memory().byteOrder(), word);
    DebugInfo debug = new DebugInfo(kernel.memory().byteOrder(), word, PRODUCER);
    SymbolFile file = new SymbolFile(elf, debug, 0);
    KernelTypes types =
        kernel
            .types()
            .map(TypedMemory::types)
            .orElseGet(() -> KernelTypes.of(TypeTable.ofNumbers(word)));
    TypeTable kernelTypes = types.kernel();
    Optional<KnownVariables> known = Optional.of(new KnownVariables(types, word));
    file.add("", "vmlinux", Symbol.of(kallsyms), kernelTypes, known);
    Map<String, TypeTable> moduleTypes = types.modules();
    for (KernelModule module : kernel.modules()) {
      TypeTable own = moduleTypes.get(module.name());
      file.add(
          module.name() + ":",
          unitName(module.name()),
          Symbol.of(module),
          own == null ? TypeTable.after(kernelTypes) : own,
          Optional.empty());
    }
    elf.contents(".debug_info", debug.info());
    elf.contents(".debug_abbrev", debug.abbreviations());
    elf.contents(".debug_ranges", debug.ranges());
    elf.contents(".debug_str", debug.strings());
    debugFrame.ifPresent(bytes -> elf.contents(".debug_frame", bytes));
    return elf.toArray();
  }

  /**
   * Makes a file of the symbols alone that a module has, for a debugger that has the kernel's types
   * from elsewhere.
   *
   * @param debugFrame the bytes of {@code .debug_frame}, where the file is to have one
   * @param origin what a debugger will add to the file's addresses
   * @return empty where the dump does not have them
   */
  public static Optional<byte[]> ofModule(
      LinuxKernel kernel,
      KernelModule module,
      int machine,
      Optional<byte[]> debugFrame,
      long origin) {
    int word = kernel.memory().wordBytes();
    ByteOrder order = kernel.memory().byteOrder();
    ElfBuilder elf = new ElfBuilder(machine, order, word);
    SymbolFile file = new SymbolFile(elf, new DebugInfo(order, word, PRODUCER), origin);
    file.place("", Symbol.of(module));
    debugFrame.ifPresent(bytes -> elf.contents(".debug_frame", bytes));
    return file.sections == 0 ? Optional.empty() : Optional.of(elf.toArray());
  }

  /** Not the module's name: gdb would take {@code struct zram} for a source file's name. */
  static String unitName(String module) {
    return module + ".ko";
  }

  private void add(
      String prefix,
      String name,
      List<Symbol> symbols,
      TypeTable types,
      Optional<KnownVariables> known) {
    long low = -1;
    long high = 0;
    for (Placed placed : place(prefix, symbols)) {
      Region region = placed.region();
      if (region.kind() == Kind.CODE) {
        low = Long.compareUnsigned(region.start(), low) < 0 ? region.start() : low;
        high = Long.compareUnsigned(region.end(), high) > 0 ? region.end() : high;
      }
    }
    if (high != 0) {
      Contents contents = new Contents(symbols, types, known);
      debug.unit(name, types, low, high, contents.code(), contents.data());
    }
  }

  private List<Placed> place(String prefix, List<Symbol> symbols) {
    Map<Kind, Integer> seen = new HashMap<>();
    List<Placed> own = new ArrayList<>();
    List<Region> regions = Regions.of(symbols);
    if (sections + regions.size() > MAX_SECTIONS) {
      regions = List.of();
    }
    sections += regions.size();
    for (Region region : regions) {
      int number = seen.merge(region.kind(), 1, Integer::sum);
      String section = prefix + region.kind().section() + (number == 1 ? "" : "." + number);
      own.add(new Placed(region, section(section, region)));
    }
    if (kernel.isEmpty()) {
      kernel.addAll(own);
    }
    for (Symbol symbol : symbols) {
      symbol(symbol, own);
    }
    return own;
  }

  private int section(String name, Region region) {
    int flags =
        switch (region.kind()) {
          case CODE -> ElfBuilder.SHF_EXECINSTR;
          case READ_ONLY -> 0;
          case DATA, BSS, PER_CPU -> ElfBuilder.SHF_WRITE;
        };
    return elf.memory(name, flags, region.start() - origin, region.end() - region.start());
  }

  private void symbol(Symbol symbol, List<Placed> own) {
    Optional<Placed> place =
        own.stream().filter(p -> p.region().contains(symbol.address())).findFirst();
    if (place.isEmpty()) {
      // A module's per-CPU variables are among the kernel's.
      place = kernel.stream().filter(p -> p.region().contains(symbol.address())).findFirst();
    }
    boolean isMark = symbol.isMark();
    int binding =
        symbol.isWeak()
            ? ElfBuilder.STB_WEAK
            : symbol.isGlobal() ? ElfBuilder.STB_GLOBAL : ElfBuilder.STB_LOCAL;
    elf.symbol(
        symbol.name(),
        binding,
        isMark ? ElfBuilder.STT_NOTYPE : type(place),
        place.map(Placed::section).orElse(ElfBuilder.SHN_ABS),
        place.isPresent() ? symbol.address() - origin : symbol.address(),
        isMark ? 0 : symbol.size());
  }

  private static int type(Optional<Placed> place) {
    return place
        .map(p -> p.region().kind() == Kind.CODE ? ElfBuilder.STT_FUNC : ElfBuilder.STT_OBJECT)
        .orElse(ElfBuilder.STT_NOTYPE);
  }
}
