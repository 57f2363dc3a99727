package org.vmcore.gdbstub.inspect;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.Vmcoreinfo;
import org.vmcore.gdbstub.linux.mm.MemoryUsage;
import org.vmcore.gdbstub.linux.mm.SlabCaches;
import org.vmcore.gdbstub.linux.mm.SlabCaches.Cache;
import org.vmcore.gdbstub.linux.mm.VmallocAreas;
import org.vmcore.gdbstub.linux.mm.Zones;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * {@code monitor kmem [-i | -s [NAME] | -v | -z]}, laid out after the command of that name in
 * crash.
 */
final class KmemCommand extends KernelCommand {
  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  KmemCommand() {
    super(
        "kmem",
        "[-i | -s [NAME] | -v | -z]",
        "Show what memory was used for",
        """
        -i, which is the default, prints the kernel's counters, as /proc/meminfo does; those that
        this kernel does not have are left out. -s lists the caches of kernel objects: CACHE is the
        address of the struct kmem_cache, OBJSIZE the size of an object, ALLOCATED the objects in
        use, TOTAL those and the free ones, SSIZE the size of a slab. NAME shows the caches whose
        names contain it. '-' is what this kernel does not count. -v lists what vmalloc, ioremap and
        the loading of modules mapped. -z shows the zones of memory with their counters, in pages.
        """);
  }

  @Override
  Answer answer(Call call, List<String> arguments)
      throws UsageException, MissingFactException, KernelReadException {
    long pageBytes =
        machine(call)
            .vmcoreinfo()
            .map(Vmcoreinfo::pageSize)
            .orElse(OptionalLong.empty())
            .orElse(4096);
    if (arguments.isEmpty() || arguments.equals(List.of("-i"))) {
      return usage(MemoryUsage.read(typed(call), cpus(call), pageBytes), pageBytes);
    }
    if (arguments.equals(List.of("-v"))) {
      return MemoryTables.vmalloc(VmallocAreas.read(typed(call)), machine(call).pointerBytes() * 2);
    } else if (arguments.equals(List.of("-z"))) {
      return MemoryTables.zones(Zones.read(typed(call)));
    }
    if (!arguments.get(0).equals("-s") || arguments.size() > 2) {
      throw new UsageException("takes -i, -s, -v or -z");
    }
    SlabCaches.Found found = SlabCaches.read(typed(call), cpus(call), pageBytes);
    String part = arguments.size() == 2 ? arguments.get(1) : "";
    List<Cache> caches = found.caches().stream().filter(c -> c.name().contains(part)).toList();
    return new Answer(
        table(caches, machine(call).pointerBytes() * 2) + note(found.problem()),
        caches.stream().map(KmemCommand::tree).toList());
  }

  private static Answer usage(MemoryUsage usage, long pageBytes) {
    Report report = new Report(pageBytes);
    OptionalLong used =
        usage.total().isPresent() && usage.free().isPresent()
            ? OptionalLong.of(usage.total().getAsLong() - usage.free().getAsLong())
            : OptionalLong.empty();
    report.whole("TOTAL MEM", usage.total());
    report.part("FREE", usage.free());
    report.part("USED", used);
    report.part("BUFFERS", usage.buffers());
    report.part("CACHED", usage.cached());
    report.part("SLAB", usage.slab());
    report.whole("TOTAL HUGE", usage.huge());
    report.part("HUGE FREE", usage.hugeFree());
    report.whole("TOTAL SWAP", usage.swap());
    report.part("SWAP USED", usage.swapUsed());
    if (usage.swap().isPresent() && usage.swapUsed().isPresent()) {
      report.part(
          "SWAP FREE", OptionalLong.of(usage.swap().getAsLong() - usage.swapUsed().getAsLong()));
    }
    report.whole("COMMIT LIMIT", usage.commitLimit());
    report.part("COMMITTED", usage.committed());
    report.tree.put("page_size", pageBytes);
    return new Answer(report.text.toString(), report.tree);
  }

  /** Builds the table of {@code kmem -i}. */
  private static final class Report {
    private final StringBuilder text =
        new StringBuilder("                 PAGES        TOTAL      PERCENTAGE\n");
    private final Map<String, Object> tree = new LinkedHashMap<>();
    private final long pageBytes;
    private String whole = "";
    private long of;

    Report(long pageBytes) {
      this.pageBytes = pageBytes;
    }

    void whole(String name, OptionalLong pages) {
      if (pages.isPresent()) {
        text.append(tree.isEmpty() ? "" : "\n");
        row(name, pages.getAsLong(), "       ----");
      }
      whole = name.replace("COMMIT", "TOTAL");
      of = pages.orElse(0);
    }

    void part(String name, OptionalLong pages) {
      if (pages.isPresent()) {
        long percent = of == 0 ? 0 : pages.getAsLong() * 100 / of;
        row(name, pages.getAsLong(), "%3d%% of %s".formatted(percent, whole));
      }
    }

    private void row(String name, long pages, String share) {
      text.append("%13s  %7d  %11s  %s\n".formatted(name, pages, size(pages * pageBytes), share));
      tree.put(name.toLowerCase(Locale.ROOT).replace(' ', '_') + "_pages", pages);
    }
  }

  private static String size(long bytes) {
    if (bytes == 0) {
      return "0";
    } else if (bytes < MIB) {
      return bytes / KIB + " KB";
    }
    boolean giga = bytes >= GIB;
    String number = String.format(Locale.ROOT, "%.1f", bytes / (double) (giga ? GIB : MIB));
    return number.replaceAll("\\.0$", "") + (giga ? " GB" : " MB");
  }

  private static String table(List<Cache> caches, int digits) {
    String row = "%-" + digits + "s %8s  %9s  %8s  %5s  %5s  %s\n";
    StringBuilder text = new StringBuilder();
    text.append(row.formatted("CACHE", "OBJSIZE", "ALLOCATED", "TOTAL", "SLABS", "SSIZE", "NAME"));
    for (Cache cache : caches) {
      OptionalLong bytes = cache.slabBytes();
      text.append(
          row.formatted(
              Long.toHexString(cache.address()),
              cache.objectBytes(),
              cache.counts().map(counts -> String.valueOf(counts.allocated())).orElse("-"),
              cache.counts().map(counts -> String.valueOf(counts.total())).orElse("-"),
              cache.counts().map(counts -> String.valueOf(counts.slabs())).orElse("-"),
              bytes.isPresent() ? bytes.getAsLong() / KIB + "k" : "-",
              cache.name()));
    }
    return text.toString();
  }

  private static Map<String, Object> tree(Cache cache) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("cache", hex(cache.address()));
    tree.put("name", cache.name());
    tree.put("object_size", cache.objectBytes());
    cache.slabBytes().ifPresent(bytes -> tree.put("slab_size", bytes));
    cache
        .counts()
        .ifPresent(
            counts -> {
              tree.put("allocated", counts.allocated());
              tree.put("total", counts.total());
              tree.put("slabs", counts.slabs());
            });
    return tree;
  }
}
