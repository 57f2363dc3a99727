package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What all memory that the kernel manages was used for, in parts that do not overlap, by the
 * kernel's own counters (Linux mm/vmstat.c, fs/proc/meminfo.c). Numbers are of pages.
 *
 * @param total that the kernel manages: MemTotal of /proc/meminfo
 * @param present what the machine has, with what was reserved when it booted: the image, page
 *     descriptors, what the firmware and a crash kernel have
 * @param parts those that this kernel counts
 * @param counters the kernel's, by their names in {@code enum zone_stat_item} and {@code enum
 *     node_stat_item}
 */
public record MemoryBreakdown(
    long total, long present, List<Part> parts, Map<String, Long> counters) {
  private static final long KIB = 1024;

  /** A use of memory. */
  public enum Use {
    FREE("free"),
    /** Free pages that CPUs keep for themselves. */
    CPU_LISTS("free, in lists of CPUs"),
    ANONYMOUS("anonymous memory of processes"),
    /** Files of tmpfs and shared memory. */
    SHARED("shared memory and tmpfs"),
    BUFFERS("block devices' contents"),
    FILES("files' contents"),
    SLAB_RECLAIMABLE("slab, reclaimable"),
    SLAB_UNRECLAIMABLE("slab, not reclaimable"),
    KERNEL_STACKS("kernel stacks"),
    PAGE_TABLES("page tables"),
    /** Those of virtual machines and of IOMMUs. */
    OTHER_TABLES("other page tables"),
    PER_CPU("per-CPU memory"),
    /** What vmalloc() gave, without stacks. */
    VMALLOC("vmalloc"),
    HUGE_PAGES("pool of huge pages"),
    ZSMALLOC("zsmalloc (zram, zswap)"),
    BOUNCE("bounce buffers"),
    BALLOON("given to the host (balloon)"),
    GPU("graphics drivers");

    private final String text;

    Use(String text) {
      this.text = text;
    }

    /** Whether it is what processes have of their own. */
    public boolean isOfProcesses() {
      return this == ANONYMOUS;
    }

    /** For people. */
    public String text() {
      return text;
    }
  }

  /** What one use takes. */
  public record Part(Use use, long pages) {}

  public MemoryBreakdown {
    parts = List.copyOf(parts);
    counters = Map.copyOf(counters);
  }

  /** What no counter tells of: pages that drivers and others took by themselves. */
  public long unaccounted() {
    return total - parts.stream().mapToLong(Part::pages).sum();
  }

  /**
   * Reads the counters.
   *
   * @param pageBytes a power of 2
   * @param reasons told what could not be read
   * @throws KernelReadException when the kernel does not tell how much memory it has
   */
  public static MemoryBreakdown read(
      TypedMemory memory, List<Integer> cpus, long pageBytes, Reasons reasons)
      throws KernelReadException {
    MemoryUsage usage = MemoryUsage.read(memory, cpus, pageBytes);
    usage.problems().forEach(reasons::add);
    if (usage.total().isEmpty()) {
      throw new KernelReadException(
          KernelReadException.Reason.ABSENT, "the kernel has no symbol '_totalram_pages'");
    }
    Map<String, Long> counters = new HashMap<>();
    VmCounters.read(memory, cpus).forEach((table, all) -> counters.putAll(all));
    Reader reader = new Reader(memory, cpus, pageBytes, counters, reasons);
    reader.addAll(usage);
    return new MemoryBreakdown(
        usage.total().getAsLong(), reader.present(), reader.parts(), counters);
  }

  private static final class Reader {
    private final TypedMemory memory;
    private final List<Integer> cpus;
    private final long pageBytes;
    private final Map<String, Long> counters;
    private final Reasons reasons;
    private final List<Part> parts = new ArrayList<>();

    Reader(
        TypedMemory memory,
        List<Integer> cpus,
        long pageBytes,
        Map<String, Long> counters,
        Reasons reasons) {
      this.memory = memory;
      this.cpus = List.copyOf(cpus);
      this.pageBytes = pageBytes;
      this.counters = counters;
      this.reasons = reasons;
    }

    List<Part> parts() {
      return parts;
    }

    void addAll(MemoryUsage usage) {
      add(Use.FREE, counter("NR_FREE_PAGES"));
      add(Use.CPU_LISTS, reasons.optional(this::inCpuLists).orElse(0L));
      add(Use.ANONYMOUS, counter("NR_ANON_MAPPED", "NR_ANON_PAGES"));
      long swapCache = counter("NR_SWAPCACHE");
      long shared = counter("NR_SHMEM");
      long buffers = usage.buffers().orElse(0);
      add(Use.SHARED, shared);
      add(Use.BUFFERS, buffers);
      // The counter of pages in files has those of the other three kinds among them. What is in
      // the swap cache is anonymous memory nearly always, and counted there.
      add(Use.FILES, counter("NR_FILE_PAGES") - shared - buffers - swapCache);
      add(Use.SLAB_RECLAIMABLE, counter("NR_SLAB_RECLAIMABLE_B", "NR_SLAB_RECLAIMABLE"));
      add(Use.SLAB_UNRECLAIMABLE, counter("NR_SLAB_UNRECLAIMABLE_B", "NR_SLAB_UNRECLAIMABLE"));
      long stacks = stacks();
      add(Use.KERNEL_STACKS, stacks);
      add(Use.PAGE_TABLES, counter("NR_PAGETABLE"));
      add(Use.OTHER_TABLES, counter("NR_SECONDARY_PAGETABLE") + counter("NR_IOMMU_PAGES"));
      add(
          Use.PER_CPU,
          reasons.optional(() -> PerCpuMemory.allocatedPages(memory, pageBytes)).orElse(0L));
      // Since 4.9 (ba14a194a434, "fork: Add generic vmalloced stack support") stacks may be of it.
      boolean ofStacks = memory.types().has("struct task_struct", "stack_vm_area");
      add(Use.VMALLOC, vmalloc() - (ofStacks ? stacks : 0));
      add(Use.HUGE_PAGES, usage.huge().orElse(0));
      add(Use.ZSMALLOC, counter("NR_ZSPAGES"));
      add(Use.BOUNCE, counter("NR_BOUNCE"));
      add(Use.BALLOON, counter("NR_BALLOON_PAGES"));
      add(Use.GPU, counter("NR_GPU_ACTIVE") + counter("NR_GPU_RECLAIM"));
    }

    private void add(Use use, long pages) {
      if (pages > 0) {
        parts.add(new Part(use, pages));
      }
    }

    /**
     * Of several names the first that there is; CPUs add to them late, and so they may be below.
     */
    private long counter(String... names) {
      for (String name : names) {
        Long value = counters.get(name);
        if (value != null) {
          return Math.max(value, 0);
        }
      }
      return 0;
    }

    /** In KiB since 4.9 (d30dd8be06fa, "mm: track NR_KERNEL_STACK in KiB instead of number"). */
    private long stacks() {
      return counter("NR_KERNEL_STACK_KB") * KIB / pageBytes;
    }

    /** A variable of its own from 5.3, and one of the counters since 7.0. */
    private long vmalloc() {
      return counters.containsKey("NR_VMALLOC")
          ? counter("NR_VMALLOC")
          : memory
              .address("nr_vmalloc_pages")
              .map(at -> memory.memory().word(at).orElse(0))
              .orElse(0L);
    }

    /** {@code struct per_cpu_pages} of each zone and CPU. */
    private long inCpuLists() throws KernelReadException {
      PerCpu perCpu = new PerCpu(memory);
      long pages = 0;
      for (Zones.Zone zone : Zones.read(memory)) {
        KernelObject object = memory.object("struct zone", zone.address());
        KernelObject sets = MemoryMembers.CPU_PAGES.in(object);
        for (int cpu : zone.present() == 0 ? List.<Integer>of() : cpus) {
          long at = sets.value() + perCpu.offset(cpu).orElse(0);
          boolean isPlain = object.has("per_cpu_pageset");
          KernelObject set =
              memory.object(isPlain ? "struct per_cpu_pages" : "struct per_cpu_pageset", at);
          pages += set.value(isPlain ? "count" : "pcp.count");
        }
      }
      return pages;
    }

    long present() throws KernelReadException {
      return Zones.read(memory).stream().mapToLong(Zones.Zone::present).sum();
    }
  }
}
