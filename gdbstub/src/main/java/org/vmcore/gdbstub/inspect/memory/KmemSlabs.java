package org.vmcore.gdbstub.inspect.memory;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.query.Rows;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.mm.SlabContents;

/** {@code kmem -S}: caches with their slabs and the objects in them. */
final class KmemSlabs {
  private KmemSlabs() {}

  /** */
  record Contents(Rows<OfCache> caches) implements Kmem.Answer {}

  /** */
  record OfCache(Kmem.Cache cache, List<OfCpu> cpus, List<OfNode> nodes) {
    /**
     * @param cpus whose own slabs are shown
     */
    static OfCache of(Kmem.Cache cache, SlabContents.All all, List<Integer> cpus) {
      return new OfCache(
          cache,
          all.cpus().stream()
              .filter(cpu -> cpus.contains(cpu.cpu()))
              .map(
                  cpu ->
                      new OfCpu(
                          cpu.cpu(),
                          cpu.address(),
                          cpu.current().map(SlabRow::of),
                          rows(cpu.partial())))
              .toList(),
          all.nodes().stream()
              .map(
                  node ->
                      new OfNode(
                          node.node(),
                          node.address(),
                          node.slabs(),
                          rows(node.partial()),
                          node.full().map(KmemSlabs::rows)))
              .toList());
    }
  }

  /**
   * What a CPU keeps.
   *
   * @param kmemCacheCpu address of that structure
   */
  record OfCpu(int cpu, @Hex long kmemCacheCpu, Optional<SlabRow> current, List<SlabRow> partial) {}

  /**
   * What a node has.
   *
   * @param kmemCacheNode address of that structure
   * @param slabs of all; none where the kernel does not count them
   * @param full none where the kernel does not list them
   */
  record OfNode(
      int node,
      @Hex long kmemCacheNode,
      OptionalLong slabs,
      List<SlabRow> partial,
      Optional<List<SlabRow>> full) {}

  private static List<SlabRow> rows(List<SlabContents.Slab> slabs) {
    return slabs.stream().map(SlabRow::of).toList();
  }

  static void print(Contents contents, Text out) {
    int unused =
        contents
            .caches()
            .forEach(
                one -> {
                  KmemText.headOfCaches(out);
                  KmemText.cache(one.cache(), out);
                  one.cpus().forEach(cpu -> print(cpu, out));
                  long current = one.cpus().stream().filter(c -> c.current().isPresent()).count();
                  one.nodes().forEach(node -> print(node, current, out));
                  out.print("\n");
                });
  }

  private static void print(OfCpu cpu, Text out) {
    out.print("CPU %d KMEM_CACHE_CPU:\n  %x\n", cpu.cpu(), cpu.kmemCacheCpu());
    out.print("CPU %d SLAB:\n", cpu.cpu());
    list(cpu.current().stream().toList(), out);
    out.print("CPU %d PARTIAL:\n", cpu.cpu());
    list(cpu.partial(), out);
  }

  private static void print(OfNode node, long ofCpus, Text out) {
    out.print("KMEM_CACHE_NODE   NODE  SLABS  PARTIAL  PER-CPU\n");
    String slabs = node.slabs().isPresent() ? String.valueOf(node.slabs().getAsLong()) : "-";
    out.row(
        "%-" + out.digits() + "x  %4d  %5s  %7d  %7d\n",
        node.kmemCacheNode(),
        node.node(),
        slabs,
        node.partial().size(),
        ofCpus);
    out.print("NODE %d PARTIAL:\n", node.node());
    list(node.partial(), out);
    out.print("NODE %d FULL:\n", node.node());
    if (node.full().isPresent()) {
      list(node.full().get(), out);
    } else {
      out.print("  (not tracked)\n");
    }
  }

  private static void list(List<SlabRow> slabs, Text out) {
    if (slabs.isEmpty()) {
      out.print("  (empty)\n");
    }
    slabs.forEach(slab -> slab.print(out));
  }
}
