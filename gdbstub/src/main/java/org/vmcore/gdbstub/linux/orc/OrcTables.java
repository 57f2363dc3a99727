package org.vmcore.gdbstub.linux.orc;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;

/** Finds the tables of a kernel and its modules. */
public final class OrcTables {
  /** What looks into the tables (arch/x86/kernel/unwind_orc.c), and where there is code. */
  private static final Set<String> CODE =
      Set.of("__orc_find", "_stext", "_etext", "_sinittext", "_einittext");

  /** Behind code for initialisation there is some for exits and for alternatives. */
  private static final long EXIT_CODE = 8L << 20;

  private OrcTables() {}

  /**
   * The kernel's first; none where it unwinds by other means.
   *
   * @param modules asked only where the kernel has one
   */
  public static List<Orc> find(
      KernelMemory memory, SymbolTable symbols, Iterable<KernelModule> modules) {
    List<Orc> found = new ArrayList<>();
    Orc.ofKernel(memory, symbols).or(() -> byShape(memory, symbols)).ifPresent(found::add);
    if (!found.isEmpty()) {
      Orc own = found.get(0);
      modules.forEach(module -> Orc.ofModule(memory, module, own).ifPresent(found::add));
    }
    return List.copyOf(found);
  }

  /** Where the tables are data without a symbol, the code that looks into them has one. */
  private static Optional<Orc> byShape(KernelMemory memory, SymbolTable symbols) {
    Map<String, Long> bounds = symbols.find(CODE);
    Long start = bounds.get("_stext");
    Long end = bounds.get("_etext");
    Long init = bounds.get("_sinittext");
    Long initEnd = bounds.get("_einittext");
    if (start == null || end == null || init == null || initEnd == null) {
      return Optional.empty();
    }
    List<OrcSearch.Code> code =
        List.of(new OrcSearch.Code(start, end), new OrcSearch.Code(init, initEnd + EXIT_CODE));
    return OrcSearch.find(memory, code, end, init);
  }
}
