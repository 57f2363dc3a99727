package org.vmcore.gdbstub.linux.stack;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.ModuleSymbols;

/** The functions of a kernel and its modules, as far as the dump has their names. */
public final class KernelFunctions {
  static final int MAX_LENGTH = 1 << 18;

  private KernelFunctions() {}

  /**
   * One of them.
   *
   * @param start address
   * @param length in bytes, up to the next symbol; from 1 to 256 KiB
   */
  public record Function(String name, long start, long length) {}

  /** All; of several names for one place the first. */
  public static List<Function> of(LinuxKernel kernel) {
    List<Function> found = new ArrayList<>();
    kernel.kallsyms().ifPresent(table -> add(table, found));
    for (KernelModule module : kernel.modules()) {
      found.addAll(of(module));
    }
    return found;
  }

  /** Those of a module. */
  public static List<Function> of(KernelModule module) {
    List<Function> found = new ArrayList<>();
    for (ModuleSymbols.Symbol symbol : module.symbols().map(ModuleSymbols::all).orElse(List.of())) {
      add(symbol.type(), symbol.name(), symbol.address(), symbol.size(), found);
    }
    return found;
  }

  /** Where they start, in any order, without the work of expanding their names. */
  public static LongStream starts(LinuxKernel kernel) {
    return LongStream.concat(
        kernel.kallsyms().map(KernelFunctions::starts).orElse(LongStream.empty()),
        kernel.modules().stream().flatMapToLong(KernelFunctions::starts));
  }

  /** Where those of a module start. */
  public static LongStream starts(KernelModule module) {
    return of(module).stream().mapToLong(Function::start);
  }

  private static LongStream starts(Kallsyms table) {
    return IntStream.range(0, table.count())
        .filter(i -> i == 0 || table.address(i - 1) != table.address(i))
        .filter(i -> isFunction(table.type(i), table.size(i)))
        .mapToLong(table::address);
  }

  private static void add(Kallsyms table, List<Function> found) {
    for (int i = 0; i < table.count(); i++) {
      if (i == 0 || table.address(i - 1) != table.address(i)) {
        add(table.type(i), table.name(i), table.address(i), table.size(i), found);
      }
    }
  }

  private static void add(char type, String name, long start, long length, List<Function> found) {
    if (isFunction(type, length)) {
      found.add(new Function(name, start, length));
    }
  }

  private static boolean isFunction(char type, long length) {
    return "tTwW".indexOf(type) >= 0 && length > 0 && length <= MAX_LENGTH;
  }
}
