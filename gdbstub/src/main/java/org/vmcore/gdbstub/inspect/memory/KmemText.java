package org.vmcore.gdbstub.inspect.memory;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.inspect.view.Text;

/** What memory was used for as crash's {@code kmem} lays it out. */
final class KmemText {
  private static final long KIB = 1L << 10;

  private KmemText() {}

  static void print(Kmem.Answer answer, Text out) {
    if (answer instanceof Kmem.Usage usage) {
      new UsageTable(usage, out).print();
    } else if (answer instanceof Kmem.Caches caches) {
      headOfCaches(out);
      int unused = caches.caches().forEach(cache -> cache(cache, out));
    } else if (answer instanceof Kmem.Areas areas) {
      areas(areas.areas(), out);
    } else if (answer instanceof Kmem.ZoneList zones) {
      zones.zones().forEach(zone -> zone(zone, out));
    } else if (answer instanceof Kmem.Counters counters) {
      counters.tables().forEach((title, table) -> counters(title, table, out));
    } else if (answer instanceof Kmem.Offsets offsets) {
      out.print("PER-CPU OFFSET VALUES:\n");
      offsets.offsets().forEach(o -> out.print("%7s: %x\n", "CPU " + o.cpu(), o.offset()));
    } else if (answer instanceof KmemSlabs.Contents contents) {
      KmemSlabs.print(contents, out);
    } else if (answer instanceof KmemPages.Pages pages) {
      KmemPages.print(pages, out);
    } else if (answer instanceof KmemPages.Members members) {
      KmemPages.print(members, out);
    } else if (answer instanceof KmemPages.Flags flags) {
      KmemPages.print(flags, out);
    } else if (answer instanceof KmemFree.Nodes nodes) {
      KmemFree.print(nodes, out);
    } else if (answer instanceof KmemPlaces.Places places) {
      KmemPlaces.print(places, out);
    } else if (answer instanceof Kmem.HugeSizes all) {
      int digits = out.digits();
      String row = "%" + digits + "s  %5s  %6s  %6s  %s\n";
      out.row(row, Text.centred("HSTATE", digits) + "     ", "SIZE", "FREE", "TOTAL", "NAME");
      for (Kmem.HugeSize size : all.sizes()) {
        out.row(
            row,
            Long.toHexString(size.hstate()),
            Sizes.ofPage(size.bytes()),
            size.free(),
            size.total(),
            size.name());
      }
    }
  }

  /** The counters, each group as parts of its first. */
  private static final class UsageTable {
    private final Kmem.Usage usage;
    private final Text out;
    private boolean started;
    private String whole = "";
    private long of;

    UsageTable(Kmem.Usage usage, Text out) {
      this.usage = usage;
      this.out = out;
    }

    void print() {
      out.print("                 PAGES        TOTAL      PERCENTAGE\n");
      whole("TOTAL MEM", usage.totalPages());
      part("FREE", usage.freePages());
      part("USED", usage.usedPages());
      part("BUFFERS", usage.bufferPages());
      part("CACHED", usage.cachedPages());
      part("SLAB", usage.slabPages());
      whole("TOTAL HUGE", usage.hugePages());
      part("HUGE FREE", usage.hugeFreePages());
      whole("TOTAL SWAP", usage.swapPages());
      part("SWAP USED", usage.swapUsedPages());
      if (usage.swapPages().isPresent() && usage.swapUsedPages().isPresent()) {
        long free = usage.swapPages().getAsLong() - usage.swapUsedPages().getAsLong();
        part("SWAP FREE", OptionalLong.of(free));
      }
      whole("COMMIT LIMIT", usage.commitLimitPages());
      part("COMMITTED", usage.committedPages());
    }

    private void whole(String name, OptionalLong pages) {
      if (pages.isPresent()) {
        out.lay(started ? "\n" : "");
        row(name, pages.getAsLong(), "       ----");
      }
      whole = name.replace("COMMIT", "TOTAL");
      of = pages.orElse(0);
    }

    private void part(String name, OptionalLong pages) {
      if (pages.isPresent()) {
        long percent = of == 0 ? 0 : pages.getAsLong() * 100 / of;
        row(name, pages.getAsLong(), Text.format("%3d%% of %s", percent, whole));
      }
    }

    private void row(String name, long pages, String share) {
      String size = Sizes.ofUse(pages * usage.pageSize());
      out.print("%13s  %7d  %11s  %s\n", name, pages, size, share);
      started = true;
    }
  }

  private static String rowOfCaches(Text out) {
    return "%-" + out.digits() + "s %8s  %9s  %8s  %5s  %5s  %s\n";
  }

  static void headOfCaches(Text out) {
    out.row(rowOfCaches(out), "CACHE", "OBJSIZE", "ALLOCATED", "TOTAL", "SLABS", "SSIZE", "NAME");
  }

  static void cache(Kmem.Cache cache, Text out) {
    OptionalLong slab = cache.slabSize();
    out.row(
        rowOfCaches(out),
        Long.toHexString(cache.cache()),
        cache.objectSize(),
        counted(cache.allocated()),
        counted(cache.total()),
        counted(cache.slabs()),
        slab.isPresent() ? slab.getAsLong() / KIB + "k" : "-",
        cache.name());
  }

  private static String counted(OptionalLong count) {
    return count.isPresent() ? String.valueOf(count.getAsLong()) : "-";
  }

  /** Kernels before 3.10 have no {@code VMAP_AREA} of them. */
  static void areas(List<Kmem.Area> areas, Text out) {
    int digits = out.digits();
    boolean old = areas.stream().allMatch(area -> area.vmapArea().isEmpty());
    String first = "%-" + digits + "s  ";
    int width = 2 * digits + 3;
    if (!old) {
      out.row(first, Text.centred("VMAP_AREA", digits));
    }
    out.row(first, Text.centred("VM_STRUCT", digits));
    out.row("%-" + width + "s  %7s\n", Text.centred("ADDRESS RANGE", width), "SIZE");
    String row = "%-" + digits + "s  %" + digits + "s - %" + digits + "s  %7s\n";
    for (Kmem.Area area : areas) {
      if (!old) {
        out.row(first, Long.toHexString(area.vmapArea().orElse(0)));
      }
      out.row(
          row,
          Long.toHexString(area.vmStruct()),
          Long.toHexString(area.start()),
          Long.toHexString(area.end()),
          Long.toUnsignedString(area.size()));
    }
  }

  private static void counters(String title, Map<String, Long> table, Text out) {
    out.print("  %s:\n", title);
    int width = table.keySet().stream().mapToInt(String::length).max().orElse(1);
    table.forEach((name, value) -> out.row("%" + (width + 4) + "s: %d\n", name, value));
    out.print("\n");
  }

  /** A paragraph for each zone. */
  private static void zone(Kmem.Zone zone, Text out) {
    out.print(
        "NODE: %d  ZONE: %d  ADDR: %x  NAME: \"%s\"\n",
        zone.node(), zone.zone(), zone.address(), zone.name());
    if (zone.spannedPages() == 0) {
      out.print("  [unpopulated]\n\n");
      return;
    }
    out.print("  SIZE: %d  PRESENT: %d", zone.spannedPages(), zone.presentPages());
    if (zone.watermarks().size() == 3) {
      List<String> marks = zone.watermarks().stream().map(String::valueOf).toList();
      out.print("  MIN/LOW/HIGH: %s", String.join("/", marks));
    }
    out.print("\n  VM_STAT:\n");
    int width = zone.counters().keySet().stream().mapToInt(String::length).max().orElse(1);
    zone.counters().forEach((name, value) -> out.row("%" + width + "s: %d\n", name, value));
    out.print("\n");
  }
}
