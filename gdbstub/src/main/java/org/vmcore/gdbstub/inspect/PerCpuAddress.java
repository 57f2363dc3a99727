package org.vmcore.gdbstub.inspect;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;

/**
 * An address of a per-CPU variable's symbol, where no CPU has its copy (Linux
 * include/asm-generic/percpu.h): each CPU's is at an offset from there. On x86-64 up to 6.14 the
 * symbols count from 0; there debuggers move them with the kernel, or are shown them elsewhere.
 *
 * @param symbol the variable and where in it
 */
record PerCpuAddress(SymbolNames.Located symbol) {

  /** What is below is more likely to come from a NULL pointer (Linux mm, mmap_min_addr). */
  private static final long FIRST_PAGE = 4096;

  /** Empty for an address that is of none. */
  static Optional<PerCpuAddress> of(CrashedMachine machine, long address)
      throws MissingFactException {
    LinuxKernel kernel = machine.linux();
    Optional<Long> start = kernel.address("__per_cpu_start");
    Optional<Long> end = kernel.address("__per_cpu_end");
    if (start.isEmpty() || end.isEmpty() || Long.compareUnsigned(address, FIRST_PAGE) < 0) {
      return Optional.empty();
    }
    long size = end.get() - start.get();
    OptionalLong slide = machine.kernelSpace().kaslrOffset();
    long[] moved =
        start.get() == 0 ? new long[] {0, ServedSymbols.PER_CPU, slide.orElse(0)} : new long[1];
    for (long distance : moved) {
      long linked = address - distance;
      if (Long.compareUnsigned(linked - start.get(), size) < 0) {
        return kernel.symbolNames().at(linked).map(PerCpuAddress::new);
      }
    }
    return Optional.empty();
  }

  /** For people who have asked about it. */
  String text(CrashedMachine machine, int cpu) throws MissingFactException {
    String name = symbol.symbol().name();
    KernelMemory memory = machine.linux().memory();
    String copy =
        machine
            .linux()
            .address("__per_cpu_offset")
            .map(table -> memory.word(table + (long) cpu * memory.wordBytes()))
            .orElse(OptionalLong.empty())
            .stream()
            .mapToObj(
                offset ->
                    "CPU %d has its at %#018x; "
                        .formatted(
                            cpu,
                            memory.truncate(symbol.symbol().address() + symbol.offset() + offset)))
            .findFirst()
            .orElse("");
    return "it is the per-CPU variable %s, of which each CPU has a copy elsewhere: %stype 'monitor percpu %s'\n"
        .formatted(symbol.text(), copy, name);
  }
}
