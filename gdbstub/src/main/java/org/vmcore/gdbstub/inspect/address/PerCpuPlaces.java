package org.vmcore.gdbstub.inspect.address;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.vmcore.gdbstub.inspect.address.Identification.InPerCpu;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.PerCpuSection;
import org.vmcore.gdbstub.linux.mm.PerCpuMemory;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** Which CPU's copy of which per-CPU variable an address is in. */
final class PerCpuPlaces {
  private static final long FIRST_PAGE = 4096;

  private final LinuxKernel linux;
  private final Optional<PerCpuSection> section;
  private final long bytes;
  private final TreeMap<Long, Integer> byStart = new TreeMap<>(Long::compareUnsigned);

  PerCpuPlaces(LinuxKernel linux, TypedMemory memory, List<Integer> cpus, long pageBytes)
      throws KernelReadException {
    this.linux = linux;
    this.section = PerCpuSection.of(linux);
    long unit = section.map(PerCpuSection::unitBytes).orElse(0L);
    this.bytes = Math.min(unit, PerCpuMemory.firstChunkBytes(memory, pageBytes).orElse(unit));
    if (section.isPresent()) {
      PerCpu perCpu = new PerCpu(memory);
      for (int cpu : cpus) {
        OptionalLong offset = perCpu.offset(cpu);
        if (offset.isPresent() && offset.getAsLong() != 0) {
          long start = section.get().start() + offset.getAsLong();
          byStart.put(memory.memory().truncate(start), cpu);
        }
      }
    }
  }

  Optional<InPerCpu> at(long address) {
    Map.Entry<Long, Integer> below = byStart.floorEntry(address);
    if (below == null
        || section.isEmpty()
        || Long.compareUnsigned(address - below.getKey(), bytes) >= 0) {
      return Optional.empty();
    }
    long offset = address - below.getKey();
    long linked = section.get().start() + offset;
    Optional<Located> symbol =
        linux
            .symbolNames()
            .at(linked)
            .filter(
                found ->
                    section.get().contains(linked)
                        ? section.get().contains(found.symbol().address())
                        : found.symbol().module().isPresent());
    return Optional.of(
        new InPerCpu(
            below.getValue(),
            symbol.map(found -> found.symbol().name()),
            symbol.map(Located::offset).orElse(offset)));
  }

  /**
   * The variable whose address in the section this is, which no CPU has its copy at; empty where
   * other memory may be meant: where the section is part of the image, or the address is that of a
   * member behind a NULL pointer.
   */
  Optional<String> variable(long address) {
    boolean meant =
        Long.compareUnsigned(address, FIRST_PAGE) >= 0
            && section.filter(s -> s.isApart() && s.contains(address)).isPresent();
    return meant ? linux.symbolNames().at(address).map(Located::text) : Optional.empty();
  }
}
