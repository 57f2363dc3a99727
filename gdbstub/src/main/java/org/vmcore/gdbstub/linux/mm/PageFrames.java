package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * Which page frame a {@code struct page} describes, by the kernel's own memory model: one array of
 * them (FLATMEM), or one for each section of physical memory (SPARSEMEM, Linux
 * include/linux/mmzone.h, mm/sparse.c), with or without a virtual array over them all. VMCOREINFO
 * tells which; makedumpfile finds its way by the same facts.
 */
public final class PageFrames {
  /** SECTION_MAP_MASK; {@code section_mem_map} has up to six flags below the address. */
  private static final long SECTION_MAP_FLAGS = 0x3f;

  private static final long SECTION_HAS_MEM_MAP = 2;

  /** More roots than any kernel has; a section has at least 16 MiB. */
  private static final int MAX_ROOTS = 1 << 22;

  private static final int MAX_SECTIONS = 1 << 20;

  /** Pages of a machine with one array for all, where it does not say how many: 64 GiB. */
  private static final long MAX_FLAT = 1 << 24;

  private final KernelMemory memory;
  private final Vmcoreinfo info;
  private final long pageSize;
  private final long structSize;
  private final List<Run> runs;
  private final List<Section> sections = new ArrayList<>();

  /**
   * Descriptors that lie in a row.
   *
   * @param base where the descriptor of page frame 0 would be
   * @param first page frame
   * @param count of page frames
   */
  private record Run(long base, long first, long count) {}

  /**
   * A section of physical memory that has descriptors.
   *
   * @param address of its {@code struct mem_section}
   * @param coded its {@code section_mem_map}: where the descriptor of frame 0 would be, and flags
   */
  public record Section(long number, long address, long coded, long firstFrame) {
    /** Where the descriptor of frame 0 would be. */
    public long map() {
      return coded & ~SECTION_MAP_FLAGS;
    }

    /** SECTION_MARKED_PRESENT, SECTION_HAS_MEM_MAP, SECTION_IS_ONLINE, SECTION_IS_EARLY. */
    public boolean has(int flag) {
      return (coded >>> flag & 1) != 0;
    }
  }

  /**
   * @param info of that kernel; without what it takes, no frame is found
   */
  public PageFrames(KernelMemory memory, Vmcoreinfo info) {
    this.memory = memory;
    this.info = info;
    this.pageSize = info.pageSize().orElse(4096);
    this.structSize = info.size("page").orElse(0);
    this.runs = structSize == 0 ? List.of() : runs();
  }

  /** Bytes of a {@code struct page}; 0 where it is not known. */
  public long structSize() {
    return structSize;
  }

  /** Physical address of the page that a {@code struct page} describes. */
  public OptionalLong physicalAddress(long page) {
    for (Run run : runs) {
      long distance = page - run.base();
      long frame = Long.divideUnsigned(distance, structSize);
      if (Long.remainderUnsigned(distance, structSize) == 0
          && Long.compareUnsigned(frame - run.first(), run.count()) < 0) {
        return OptionalLong.of(frame * pageSize);
      }
    }
    return OptionalLong.empty();
  }

  /** Address of the {@code struct page} of a page frame; empty where it has none. */
  public OptionalLong descriptor(long frame) {
    for (Run run : runs) {
      if (Long.compareUnsigned(frame - run.first(), run.count()) < 0) {
        return OptionalLong.of(memory.truncate(run.base() + frame * structSize));
      }
    }
    return OptionalLong.empty();
  }

  /** The page frame whose descriptor an address is in. */
  public OptionalLong frameOf(long address) {
    for (Run run : runs) {
      long frame = Long.divideUnsigned(address - run.base(), structSize);
      if (Long.compareUnsigned(frame - run.first(), run.count()) < 0) {
        return OptionalLong.of(frame);
      }
    }
    return OptionalLong.empty();
  }

  /** Bytes of a page. */
  public long pageBytes() {
    return pageSize;
  }

  /** What frames are described: of each range the first and how many, by address. */
  public List<long[]> ranges() {
    return runs.stream().map(run -> new long[] {run.first(), run.count()}).toList();
  }

  /** The sections by number; none on kernels that have one array. */
  public List<Section> sections() {
    return List.copyOf(sections);
  }

  private List<Run> runs() {
    OptionalLong sections = info.symbol("mem_section");
    OptionalLong bits = info.number("SECTION_SIZE_BITS");
    if (sections.isPresent() && bits.isPresent()) {
      List<Run> found = sections(sections.getAsLong(), bits.getAsLong());
      // The symbol is that of an array or, since Linux 4.14 (commit 83e3c48729d9, "mm/sparsemem:
      // Allocate mem_section at runtime for CONFIG_SPARSEMEM_EXTREME=y"), of a pointer to one.
      OptionalLong pointer = memory.word(sections.getAsLong());
      return found.isEmpty() && pointer.isPresent()
          ? sections(pointer.getAsLong(), bits.getAsLong())
          : found;
    }
    return flat();
  }

  private List<Run> flat() {
    OptionalLong map = info.symbol("mem_map");
    OptionalLong array = map.isPresent() ? memory.word(map.getAsLong()) : map;
    if (array.isEmpty() || array.getAsLong() == 0) {
      return List.of();
    }
    OptionalLong node = info.symbol("contig_page_data");
    OptionalLong start = info.offset("pglist_data.node_start_pfn");
    OptionalLong spanned = info.offset("pglist_data.node_spanned_pages");
    long frame = nodeMember(node, start).orElse(0);
    long count = nodeMember(node, spanned).orElse(MAX_FLAT);
    long base = memory.truncate(array.getAsLong() - frame * structSize);
    return List.of(new Run(base, frame, count));
  }

  private OptionalLong nodeMember(OptionalLong node, OptionalLong offset) {
    return node.isPresent() && offset.isPresent()
        ? memory.word(node.getAsLong() + offset.getAsLong())
        : OptionalLong.empty();
  }

  private List<Run> sections(long array, long sectionBits) {
    long pages = (1L << sectionBits) / pageSize;
    long structBytes = info.size("mem_section").orElse(0);
    OptionalLong mapOffset = info.offset("mem_section.section_mem_map");
    long roots = info.length("mem_section").orElse(0);
    if (pages <= 0 || structBytes <= 0 || mapOffset.isEmpty() || roots <= 0 || roots > MAX_ROOTS) {
      return List.of();
    }
    long bits = info.number("MAX_PHYSMEM_BITS").orElse(0) - sectionBits;
    boolean direct = bits >= 0 && bits < Long.SIZE - 1 && roots == 1L << bits;
    long perRoot = direct ? 1 : pageSize / structBytes;
    List<Run> found = new ArrayList<>();
    sections.clear();
    for (long root = 0; root < roots && found.size() < MAX_SECTIONS; root++) {
      long at = array + root * (direct ? structBytes : memory.wordBytes());
      OptionalLong first = direct ? OptionalLong.of(at) : memory.word(at);
      if (first.isEmpty()) {
        break;
      }
      for (long i = 0; first.getAsLong() != 0 && i < perRoot; i++) {
        OptionalLong map = memory.word(first.getAsLong() + i * structBytes + mapOffset.getAsLong());
        if (map.isPresent() && (map.getAsLong() & SECTION_HAS_MEM_MAP) != 0) {
          long number = root * perRoot + i;
          long section = first.getAsLong() + i * structBytes;
          sections.add(new Section(number, section, map.getAsLong(), number * pages));
          add(found, map.getAsLong() & ~SECTION_MAP_FLAGS, (root * perRoot + i) * pages, pages);
        }
      }
    }
    return found;
  }

  /** Joins it to the last, with which it has its base in common where there is a virtual array. */
  private static void add(List<Run> runs, long base, long first, long count) {
    Run last = runs.isEmpty() ? new Run(0, 0, 0) : runs.get(runs.size() - 1);
    if (last.count() > 0 && last.base() == base && last.first() + last.count() == first) {
      runs.set(runs.size() - 1, new Run(base, last.first(), last.count() + count));
    } else {
      runs.add(new Run(base, first, count));
    }
  }
}
