package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Segment;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * The PT_LOADs that /proc/vmcore of the machine would have had: the kernel image, then the direct
 * map of all memory (Linux kernel/crash_core.c, crash_prepare_elf64_headers). Tools that read ELF
 * without walking page tables, such as gdb, find kernel addresses by them. Nothing is taken on
 * trust: the kernel's page tables have to map it so.
 */
final class KernelSegments {
  /** Where an architecture's direct map starts, as its facts name it, and of what memory. */
  private static final List<String> BASES = List.of("page_offset_base", "PAGE_OFFSET");

  private static final List<String> BASES_OF_MEMORY = List.of("PHYS_OFFSET", "phys_ram_base");

  /** More than a kernel image has. */
  private static final long LARGEST_IMAGE = 512L << 20;

  private static final long PAGE = 4096;

  private final Dump dump;
  private final VirtualMemory memory;
  private final KernelSpace space;

  private KernelSegments(Dump dump, KernelSpace space) {
    this.dump = dump;
    this.memory = space.virtual();
    this.space = space;
  }

  /** The dump's own segments where they have virtual addresses, else those that can be told. */
  static List<Segment> of(CrashedMachine machine) {
    List<Segment> own = machine.dump().segments();
    boolean virtual =
        own.stream().anyMatch(segment -> segment.virtualAddress() != segment.physicalAddress());
    if (virtual || machine.dump().info().wordBits() != Long.SIZE) {
      return own;
    }
    try {
      KernelSegments segments = new KernelSegments(machine.dump(), machine.kernelSpace());
      List<Segment> found = new ArrayList<>();
      machine.vmcoreinfo().flatMap(segments::image).ifPresent(found::add);
      found.addAll(segments.directMap());
      return found.isEmpty() ? own : found;
    } catch (MissingFactException e) {
      // Physical addresses alone, as the dump has them: the converter's reader finds no more
      // either.
      return own;
    }
  }

  /** What lies around _stext in one piece. */
  private Optional<Segment> image(Vmcoreinfo vmcoreinfo) {
    OptionalLong stext = vmcoreinfo.symbol("_stext");
    if (stext.isEmpty()
        || !(memory.translate(stext.getAsLong()) instanceof Translation.Mapped mapped)) {
      return Optional.empty();
    }
    long start = stext.getAsLong() & -PAGE;
    long delta = start - (mapped.physicalAddress() & -PAGE);
    while (isMapped(start - PAGE, start - PAGE - delta)
        && stext.getAsLong() - start < LARGEST_IMAGE) {
      start -= PAGE;
    }
    long end = start;
    while (end - start < LARGEST_IMAGE
        && memory.translate(end) instanceof Translation.Mapped next
        && next.physicalAddress() == end - delta) {
      end += next.length();
    }
    return Optional.of(new Segment(start, start - delta, end - start, end - start));
  }

  private boolean isMapped(long virtualAddress, long physicalAddress) {
    return memory.translate(virtualAddress) instanceof Translation.Mapped mapped
        && mapped.physicalAddress() == physicalAddress;
  }

  private List<Segment> directMap() {
    OptionalLong base = directMapBase();
    List<Segment> segments = new ArrayList<>();
    if (base.isPresent()) {
      dump.memory()
          .forEachRange(
              (start, length, presence) -> {
                int last = segments.size() - 1;
                Segment before = last < 0 ? null : segments.get(last);
                if (before != null && before.physicalAddress() + before.memorySize() == start) {
                  long size = before.memorySize() + length;
                  segments.set(
                      last,
                      new Segment(before.virtualAddress(), before.physicalAddress(), size, size));
                } else {
                  segments.add(new Segment(base.getAsLong() + start, start, length, length));
                }
              });
    }
    return segments;
  }

  /** Virtual minus physical addresses in the direct map, where the page tables agree. */
  private OptionalLong directMapBase() {
    // The root itself is memory that the direct map has, and that every dump keeps.
    long mapped = space.root() & -PAGE;
    for (String baseName : BASES) {
      OptionalLong base = fact(baseName);
      for (String name : BASES_OF_MEMORY) {
        long start = fact(name).orElse(0);
        long delta = base.orElse(0) - start;
        if (base.isPresent() && isMapped(mapped + delta, mapped)) {
          return OptionalLong.of(delta);
        }
      }
    }
    return OptionalLong.empty();
  }

  private OptionalLong fact(String name) {
    return space
        .fact(name)
        .filter(text -> text.matches("0x[0-9a-f]{1,16}"))
        .map(text -> OptionalLong.of(Long.parseUnsignedLong(text.substring(2), 16)))
        .orElse(OptionalLong.empty());
  }
}
