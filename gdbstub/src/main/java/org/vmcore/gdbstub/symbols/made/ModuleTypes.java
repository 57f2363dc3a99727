package org.vmcore.gdbstub.symbols.made;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.kernel.KernelMemory;
import org.vmcore.gdbstub.kernel.KernelModule;
import org.vmcore.gdbstub.kernel.LinuxKernel;
import org.vmcore.gdbstub.kernel.types.KernelTypes;
import org.vmcore.gdbstub.kernel.types.TypeTable;
import org.vmcore.gdbstub.kernel.types.TypedMemory;
import org.vmcore.gdbstub.symbols.dwarf.DebugInfo;

/** The types of modules that have no file of their own, where the dump has them (BTF). */
public final class ModuleTypes {
  private ModuleTypes() {}

  /**
   * As DWARF, whose types refer to the kernel's, which it has, too; of no code and no data.
   *
   * @return sections by their names
   */
  public static Map<String, byte[]> of(LinuxKernel kernel, List<KernelModule> modules) {
    KernelMemory memory = kernel.memory();
    DebugInfo debug = new DebugInfo(memory.byteOrder(), memory.wordBytes(), SymbolFile.PRODUCER);
    Optional<KernelTypes> types = kernel.types().map(TypedMemory::types);
    Map<String, TypeTable> own = types.map(KernelTypes::modules).orElse(Map.of());
    List<String> names = modules.stream().map(KernelModule::name).filter(own::containsKey).toList();
    TypeTable base =
        names.isEmpty() ? TypeTable.ofNumbers(memory.wordBytes()) : types.orElseThrow().kernel();
    debug.unit("vmlinux", base, 0, 0, List.of(), List.of());
    for (String name : names) {
      debug.unit(name, own.get(name), 0, 0, List.of(), List.of());
    }
    return Map.of(
        ".debug_info", debug.info(),
        ".debug_abbrev", debug.abbreviations(),
        ".debug_str", debug.strings());
  }
}
