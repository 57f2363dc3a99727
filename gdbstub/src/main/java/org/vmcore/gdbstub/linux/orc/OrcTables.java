package org.vmcore.gdbstub.linux.orc;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.SymbolTable;

/**
 * The tables of a kernel and its modules. Those of a module are read when code of it is met. Safe
 * for use by several threads.
 */
public final class OrcTables {
  /** What looks into the tables (arch/x86/kernel/unwind_orc.c), and where there is code. */
  private static final Set<String> CODE =
      Set.of("__orc_find", "_stext", "_etext", "_sinittext", "_einittext");

  /** Behind code for initialisation there is some for exits and for alternatives. */
  private static final long EXIT_CODE = 8L << 20;

  private final KernelMemory memory;
  private final Optional<Orc> kernel;
  private final Supplier<List<KernelModule>> modules;
  private final Map<KernelModule, Optional<Orc>> known = new ConcurrentHashMap<>();

  private OrcTables(
      KernelMemory memory, Optional<Orc> kernel, Supplier<List<KernelModule>> modules) {
    this.memory = memory;
    this.kernel = kernel;
    this.modules = modules;
  }

  /**
   * Reads the kernel's.
   *
   * @param modules asked only where the kernel has one
   */
  public static OrcTables find(
      KernelMemory memory, SymbolTable symbols, Supplier<List<KernelModule>> modules) {
    Optional<Orc> kernel = Orc.ofKernel(memory, symbols).or(() -> byShape(memory, symbols));
    return new OrcTables(memory, kernel, modules);
  }

  /** That of the kernel itself; empty where it unwinds by other means, as its modules then do. */
  public Optional<Orc> kernel() {
    return kernel;
  }

  /** That of a module. */
  public Optional<Orc> of(KernelModule module) {
    return kernel.flatMap(
        own -> known.computeIfAbsent(module, one -> Orc.ofModule(memory, one, own)));
  }

  /** Those that may tell of code at an address. No module is between the kernel's own code. */
  public List<Orc> at(long pc) {
    return kernel.filter(own -> covers(own, pc)).isPresent()
        ? List.of(kernel.get())
        : with(module -> module.hasCodeAt(pc));
  }

  private static boolean covers(Orc table, long pc) {
    return Long.compareUnsigned(pc, table.start(0)) >= 0
        && Long.compareUnsigned(pc, table.start(table.count() - 1)) < 0;
  }

  /** The kernel's and those of all modules. */
  public List<Orc> all() {
    return with(module -> true);
  }

  private List<Orc> with(Predicate<KernelModule> wanted) {
    if (kernel.isEmpty()) {
      return List.of();
    }
    List<Orc> tables = new ArrayList<>(List.of(kernel.get()));
    for (KernelModule module : modules.get()) {
      if (wanted.test(module)) {
        of(module).ifPresent(tables::add);
      }
    }
    return tables;
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
