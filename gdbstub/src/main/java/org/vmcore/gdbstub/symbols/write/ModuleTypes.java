package org.vmcore.gdbstub.symbols.write;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.types.KernelTypes;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.symbols.write.dwarf.DebugInfo;
import org.vmcore.gdbstub.symbols.write.elf.ElfBuilder;

/** DWARF of types alone, as sections by their names. */
public final class ModuleTypes {
  private ModuleTypes() {}

  /**
   * The types of modules, where the dump has them (BTF). They refer to the kernel's, which are in
   * it, too: debuggers are to look into it after all that describes the kernel better.
   */
  public static Optional<Map<String, byte[]>> of(LinuxKernel kernel, List<KernelModule> modules) {
    Optional<KernelTypes> types = kernel.types().map(TypedMemory::types);
    Map<String, TypeTable> own = types.map(KernelTypes::modules).orElse(Map.of());
    List<String> names = modules.stream().map(KernelModule::name).filter(own::containsKey).toList();
    if (names.isEmpty()) {
      return Optional.empty();
    }
    DebugInfo debug = debugInfo(kernel.memory());
    TypeTable base = types.orElseThrow().kernel();
    int[] baseTypes = debug.unit("vmlinux", base, new int[0]).end();
    for (String name : names) {
      // Not the module's own name: gdb would take struct zram for that of a source file.
      debug.unit(name + ".ko", requireNonNull(own.get(name)), baseTypes).end();
    }
    return Optional.of(sections(debug));
  }

  /** As few as there can be: gdb says of a program without any that it found no symbols in it. */
  public static Map<String, byte[]> none(KernelMemory memory) {
    DebugInfo debug = debugInfo(memory);
    TypeTable numbers = TypeTable.ofNumbers(memory.wordBytes());
    debug.unit("unwind", numbers, new int[0]).end();
    return sections(debug);
  }

  private static DebugInfo debugInfo(KernelMemory memory) {
    return new DebugInfo(
        memory.byteOrder(), memory.wordBytes(), SymbolFile.PRODUCER, DebugInfo.Start.NONE);
  }

  private static Map<String, byte[]> sections(DebugInfo debug) {
    return Map.of(
        ".debug_info", debug.info().bytes(),
        ".debug_abbrev", debug.abbreviations(),
        ".debug_str", ElfBuilder.printable(debug.strings()));
  }
}
