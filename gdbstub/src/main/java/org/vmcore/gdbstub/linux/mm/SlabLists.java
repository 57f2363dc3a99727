package org.vmcore.gdbstub.linux.mm;

import java.util.List;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.mm.SlabCaches.Counts;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.MemberHistory;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Counts the objects of a cache of the allocator SLAB (Linux mm/slab.c, until 6.7): its slabs are
 * on three lists for each node, full, partial and free, and CPUs keep some free objects for
 * themselves.
 */
final class SlabLists {
  private static final List<String> LISTS = List.of("slabs_full", "slabs_partial", "slabs_free");

  /** What there is of a cache on each node; in one structure for all allocators since 3.11. */
  private static final MemberHistory NODES =
      MemberHistory.named("nodelists").since("3.11", "node", "");

  /** What CPUs keep: an array of pointers, since 3.19 a per-CPU allocation. */
  private static final MemberHistory OWN =
      MemberHistory.named("array").since("3.19", "cpu_cache", "");

  /** Objects in use of a slab: its own structure, since 3.13 a part of {@code struct page}. */
  private static final MemberHistory IN_USE =
      MemberHistory.named("inuse").since("3.13", "active", "");

  private final TypedMemory memory;
  private final List<Integer> cpus;

  /**
   * @param cpus whose own free objects are counted
   */
  SlabLists(TypedMemory memory, List<Integer> cpus) {
    this.memory = memory;
    this.cpus = cpus;
  }

  /** Whether a cache is one of SLAB: it has a fixed number of objects in a slab. */
  static boolean isOf(KernelObject cache) {
    return cache.has("num") && cache.has("gfporder");
  }

  /**
   * @param nodes of the machine
   */
  Counts counts(KernelObject cache, int nodes) throws KernelReadException {
    long inUse = 0;
    long slabs = 0;
    long free = 0;
    KernelObject pointers = NODES.in(cache);
    boolean isArray = pointers.type().resolved() instanceof Type.Array;
    long count = isArray ? Math.min(pointers.length(), nodes) : nodes;
    for (int i = 0; i < count; i++) {
      KernelObject pointer = onNode(pointers, i);
      if (pointer.value() == 0) {
        continue;
      }
      KernelObject node = pointer.dereference();
      for (String list : LISTS) {
        for (KernelObject slab : slabs(node.member(list))) {
          slabs++;
          inUse += IN_USE.in(slab).value();
        }
      }
      if (node.value("shared") != 0) {
        free += node.value("shared->avail");
      }
    }
    for (int cpu : cpus) {
      free += keptBy(cache, cpu);
    }
    return new Counts(Math.max(inUse - free, 0), slabs * cache.value("num"), slabs);
  }

  /**
   * They were an array in the cache first, and are since 3.19; in between the cache has a pointer
   * to one, behind those of CPUs ("slab: shrink sizeof(struct kmem_cache)", Linux 3.2).
   */
  private KernelObject onNode(KernelObject pointers, int node) throws KernelReadException {
    return pointers.type().resolved() instanceof Type.Array
        ? pointers.element(node)
        : pointers.dereference().moved((long) node * memory.memory().wordBytes());
  }

  private Iterable<KernelObject> slabs(KernelObject head) throws KernelReadException {
    return memory.types().has("struct slab", "list")
        ? head.list("struct slab", "list").whole()
        : head.list("struct page", "lru").whole();
  }

  private long keptBy(KernelObject cache, int cpu) throws KernelReadException {
    KernelObject own = OWN.in(cache);
    if (own.type().resolved() instanceof Type.Array) {
      KernelObject pointer = own.element(cpu);
      return pointer.value() == 0 ? 0 : pointer.dereference().value("avail");
    }
    OptionalLong offset = new PerCpu(memory).offset(cpu);
    return offset.isEmpty()
        ? 0
        : memory.object("struct array_cache", own.value() + offset.getAsLong()).value("avail");
  }
}
