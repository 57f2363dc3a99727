package org.vmcore.gdbstub.linux.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.fs.Paths;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.MapleTree;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** The memory of a process: its {@code mm_struct}. */
public final class AddressSpace {
  private static final String REGION = "struct vm_area_struct";
  private static final int MAX_REGIONS = 1 << 20;

  /** MM_FILEPAGES, MM_ANONPAGES and, since Linux 4.5, MM_SHMEMPAGES; 2 counts what is in swap. */
  static final int[] RESIDENT = {0, 1, 3};

  private final TypedMemory typed;
  private final KernelObject mm;
  private final PerCpu perCpu;
  private final long heldBack;

  private final List<String> problems = new ArrayList<>();

  /**
   * @param mm address of the {@code mm_struct}
   * @param heldBack pages that its threads have not added to its counts yet
   */
  AddressSpace(TypedMemory typed, long mm, long heldBack) throws KernelReadException {
    this.heldBack = heldBack;
    this.typed = typed;
    this.perCpu = new PerCpu(typed);
    this.mm = typed.object("struct mm_struct", mm);
  }

  /** Address of its {@code mm_struct}. */
  public long address() {
    return mm.address();
  }

  /** Virtual address of its top-level page table. */
  public long pgd() throws KernelReadException {
    return mm.value("pgd");
  }

  /**
   * The address-space control element of s390, which tells the type and length of the table too.
   */
  public Optional<Long> asce() throws KernelReadException {
    return mm.has("context.asce") ? Optional.of(mm.value("context.asce")) : Optional.empty();
  }

  /** Pages that it has mapped, present or not. */
  public long totalPages() throws KernelReadException {
    return mm.value("total_vm");
  }

  /**
   * Pages that are present: counted in an array since Linux 2.6.34, in per-CPU counters since 6.2
   * (commit f1a7941243c1, "mm: convert mm's rss stats into percpu_counter"), and in two members of
   * their own before.
   */
  public long residentPages() throws KernelReadException {
    long pages = 0;
    if (!TaskMembers.RESIDENT.isIn(mm)) {
      for (String counter : List.of("_file_rss", "_anon_rss")) {
        pages += mm.has(counter) ? counter(mm.member(counter)) : 0;
      }
      return Math.max(pages, 0);
    }
    KernelObject counters = TaskMembers.RESIDENT.in(mm);
    for (int kind : RESIDENT) {
      if (kind < counters.length()) {
        pages += counter(counters.element(kind));
      }
    }
    return Math.max(pages + heldBack, 0);
  }

  /**
   * Pages of one kind: 0 of files, 1 anonymous, 2 in swap, 3 shared memory, which was among those
   * of files until 4.5; without what its threads have not added yet. 0 where this kernel does not
   * count them so.
   */
  public long pages(int kind) throws KernelReadException {
    if (!TaskMembers.RESIDENT.isIn(mm)) {
      return 0;
    }
    KernelObject counters = TaskMembers.RESIDENT.in(mm);
    return kind < counters.length() ? Math.max(counter(counters.element(kind)), 0) : 0;
  }

  private long counter(KernelObject counter) throws KernelReadException {
    if (!counter.has("count")) {
      return counter.value("counter");
    }
    long sum = counter.value("count");
    long part = counter.value("counters");
    for (int cpu = 0; cpu < perCpu.count(); cpu++) {
      OptionalLong offset = perCpu.offset(cpu);
      if (offset.isPresent() && offset.getAsLong() != 0) {
        sum += typed.memory().int32(part + offset.getAsLong()).orElse(0);
      }
    }
    return sum;
  }

  /**
   * Its regions, ascending: a list from {@code mmap} on, and since Linux 6.1 a maple tree (commit
   * d4af56c5c7c6, "mm: start tracking VMAs with maple tree").
   *
   * @throws KernelReadException when they cannot be read or the kernel's types lack what it takes
   */
  public List<MemoryRegion> regions() throws KernelReadException {
    List<MemoryRegion> regions = new ArrayList<>();
    KernelObject first = TaskMembers.REGIONS.in(mm);
    if (mm.has("mm_mt")) {
      Listing<MapleTree.Entry> found = MapleTree.entries(typed, first);
      if (found.problem().isPresent()) {
        throw new KernelReadException(Reason.IMPLAUSIBLE, found.problem().get());
      }
      for (MapleTree.Entry entry : found.all()) {
        regions.add(region(typed.object(REGION, entry.address())));
      }
      return regions;
    }
    long from = 0;
    for (long next = first.value(); next != 0; ) {
      KernelObject region = typed.object(REGION, next);
      MemoryRegion read = region(region);
      if (Long.compareUnsigned(read.start(), from) < 0 || regions.size() == MAX_REGIONS) {
        throw new KernelReadException(
            Reason.IMPLAUSIBLE, "%s: its regions do not ascend at %#x".formatted(mm, next));
      }
      from = read.end();
      regions.add(read);
      next = region.value("vm_next");
    }
    return regions;
  }

  private MemoryRegion region(KernelObject region) throws KernelReadException {
    long start = region.value("vm_start");
    long end = region.value("vm_end");
    return new MemoryRegion(
        region.address(),
        start,
        end,
        region.value("vm_flags"),
        region.value("vm_pgoff"),
        name(region, start, end));
  }

  private String name(KernelObject region, long start, long end) {
    try {
      if (region.value("vm_file") != 0) {
        return Paths.of(region.member("vm_file->f_path"));
      }
      if (start <= mm.value("brk") && end >= mm.value("start_brk")) {
        return "[heap]";
      }
      if (start <= mm.value("start_stack") && end >= mm.value("start_stack")) {
        return "[stack]";
      }
      return special(region);
    } catch (KernelReadException e) {
      problems.add("what is at 0x%x: %s".formatted(start, e.getMessage()));
      return "";
    }
  }

  /** What of its regions could not be read, one sentence each; the rest is told all the same. */
  public List<String> problems() {
    return List.copyOf(problems);
  }

  private String special(KernelObject region) throws KernelReadException {
    return SpecialMapping.of(region).map(SpecialMapping::name).orElse("");
  }
}
