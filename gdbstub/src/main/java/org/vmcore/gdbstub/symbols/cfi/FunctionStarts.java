package org.vmcore.gdbstub.symbols.cfi;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.vmcore.gdbstub.kernel.KernelModule;
import org.vmcore.gdbstub.kernel.LinuxKernel;
import org.vmcore.gdbstub.kernel.ModuleSymbols;

/** Where the functions of a kernel and its modules start, as its symbols tell. */
final class FunctionStarts {
  private final long[] addresses;

  /**
   * @param addresses in any order
   */
  FunctionStarts(LongStream addresses) {
    this.addresses = addresses.sorted().distinct().toArray();
  }

  static FunctionStarts of(LinuxKernel kernel) {
    LongStream.Builder found = LongStream.builder();
    kernel
        .kallsyms()
        .ifPresent(
            table -> {
              for (int i = 0; i < table.count(); i++) {
                if (isCode(table.type(i))) {
                  found.add(table.address(i));
                }
              }
            });
    LongStream modules = kernel.modules().stream().flatMapToLong(FunctionStarts::functions);
    return new FunctionStarts(LongStream.concat(found.build(), modules));
  }

  static FunctionStarts of(KernelModule module) {
    return new FunctionStarts(functions(module));
  }

  private static LongStream functions(KernelModule module) {
    return module.symbols().map(ModuleSymbols::all).orElse(List.of()).stream()
        .filter(symbol -> isCode(symbol.type()))
        .mapToLong(ModuleSymbols.Symbol::address);
  }

  /** By nm's letter. */
  static boolean isCode(char type) {
    return "tTwW".indexOf(type) >= 0;
  }

  boolean isEmpty() {
    return addresses.length == 0;
  }

  boolean contains(long address) {
    return Arrays.binarySearch(addresses, address) >= 0;
  }

  /** The first after one and before another, both of the kernel's half of the addresses. */
  OptionalLong between(long address, long end) {
    int found = Arrays.binarySearch(addresses, address + 1);
    int next = found >= 0 ? found : -found - 1;
    return next < addresses.length && addresses[next] < end
        ? OptionalLong.of(addresses[next])
        : OptionalLong.empty();
  }
}
