package org.vmcore.gdbstub.machine;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.vmcore.arch.paging.PageTable;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.PerCpuSection;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * Addresses at which a debugger sees per-CPU variables: those of the kernel with their highest bit
 * flipped, where no machine of 64 bits that Linux runs on has memory. What a variable's own address
 * becomes by that is the selected CPU's copy. An offset of {@code __per_cpu_offset} added to it, as
 * the kernel's scripts do, makes the flipped address of the copy of one CPU, which is that copy
 * whatever is selected. Everything else here is as unreadable as it was: the address 0 too, which
 * is that of a variable on x86-64 before 6.15.
 *
 * <pre>
 *   selected    { section.start ... + section.unitBytes }  ^ 1 << 63
 *   of CPU i    { the same + __per_cpu_offset[i] }         ^ 1 << 63
 * </pre>
 */
public final class PerCpuWindow {
  private static final long FLIPPED = Long.MIN_VALUE;

  /** CONFIG_NR_CPUS is at most 8192 on every architecture. */
  private static final int MAX_CPUS = 8192;

  /** Caches of translations take pages to be at least this large. */
  private static final long PAGE_MASK = 4095;

  private final PerCpuSection section;
  private final long[] offsets;

  /** Where the copies start, unsigned ascending after {@link #FLIPPED} was added. */
  private final long[] copies;

  private PerCpuWindow(PerCpuSection section, long[] offsets) {
    this.section = section;
    this.offsets = offsets;
    this.copies =
        LongStream.of(offsets).map(o -> (section.start() + o) ^ FLIPPED).sorted().toArray();
  }

  /**
   * Empty where a kernel has no such variables, and on 32 bits, where there are no addresses to
   * spare.
   */
  static Optional<PerCpuWindow> of(LinuxKernel kernel) {
    KernelMemory memory = kernel.memory();
    if (memory.wordBytes() != Long.BYTES) {
      return Optional.empty();
    }
    OptionalInt ids = kernel.address("nr_cpu_ids").map(memory::int32).orElse(OptionalInt.empty());
    int cpus = Math.max(1, Math.min(ids.orElse(1), MAX_CPUS));
    Optional<ByteBuffer> table =
        kernel.address("__per_cpu_offset").flatMap(at -> memory.bytes(at, cpus * Long.BYTES));
    return PerCpuSection.of(kernel)
        .filter(section -> table.isPresent())
        .map(
            section -> {
              long[] offsets = new long[cpus];
              table.get().asLongBuffer().get(offsets);
              return new PerCpuWindow(section, offsets);
            })
        .filter(window -> LongStream.of(window.offsets).allMatch(o -> (o & PAGE_MASK) == 0));
  }

  /** Where the section of per-CPU variables is to be for a debugger. */
  public long sectionAddress() {
    return section.start() ^ FLIPPED;
  }

  /**
   * The address in the kernel that an address of the window stands for; empty for every other.
   *
   * @param cpu the one that is selected
   */
  public OptionalLong meant(long address, int cpu) {
    long flipped = address ^ FLIPPED;
    if (section.unitContains(flipped)) {
      return cpu >= 0 && cpu < offsets.length
          ? OptionalLong.of(flipped + offsets[cpu])
          : OptionalLong.empty();
    }
    int found = Arrays.binarySearch(copies, address);
    int at = found >= 0 ? found : -found - 2;
    return at >= 0 && Long.compareUnsigned(address - copies[at], section.unitBytes()) < 0
        ? OptionalLong.of(flipped)
        : OptionalLong.empty();
  }

  /** Bytes from an address in the window to the end of what has its meaning. */
  private long remaining(long address) {
    long flipped = address ^ FLIPPED;
    return section.unitContains(flipped)
        ? section.start() + section.unitBytes() - flipped
        : Long.MAX_VALUE;
  }

  /**
   * Memory with the window in it.
   *
   * @param physical what the memory is mapped to
   * @param cpu the one that is selected
   */
  public VirtualMemory over(VirtualMemory memory, PhysicalMemory physical, int cpu) {
    return new VirtualMemory(physical, new Seen(memory.pageTable(), cpu));
  }

  /** Page tables as they would be if they mapped the window. */
  private final class Seen implements PageTable {
    private final PageTable tables;
    private final int cpu;

    Seen(PageTable tables, int cpu) {
      this.tables = tables;
      this.cpu = cpu;
    }

    @Override
    public Translation translate(long virtualAddress) {
      OptionalLong meant = meant(virtualAddress, cpu);
      if (meant.isEmpty()) {
        return tables.translate(virtualAddress);
      }
      Translation translation = tables.translate(meant.getAsLong());
      return translation instanceof Translation.Mapped mapped
          ? new Translation.Mapped(
              mapped.physicalAddress(), Math.min(mapped.length(), remaining(virtualAddress)))
          : translation;
    }

    @Override
    public long afterTags(long virtualAddress) {
      return tables.afterTags(virtualAddress);
    }

    @Override
    public PageWalk walk(long virtualAddress) {
      OptionalLong meant = meant(virtualAddress, cpu);
      return tables.walk(meant.orElse(virtualAddress));
    }
  }
}
