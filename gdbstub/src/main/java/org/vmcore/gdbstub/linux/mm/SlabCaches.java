package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/**
 * The kernel's caches of objects of one size (Linux mm/slab.h, mm/slub.c). Counted for SLUB, the
 * only allocator since 6.8, and only where it counts its slabs (CONFIG_SLUB_DEBUG).
 */
public final class SlabCaches {
  private static final String CACHE = "struct kmem_cache";

  /** kmem_cache_order_objects: pages' order above, objects below (OO_SHIFT, OO_MASK). */
  private static final int ORDER_SHIFT = 16;

  private static final int OBJECTS_MASK = 0xffff;

  /** Larger pieces of memory are not made of one piece (MAX_ORDER). */
  private static final int MAX_ORDER = 16;

  private final TypedMemory memory;
  private final List<Integer> cpus;
  private final long pageBytes;

  private SlabCaches(TypedMemory memory, List<Integer> cpus, long pageBytes) {
    this.memory = memory;
    this.cpus = List.copyOf(cpus);
    this.pageBytes = pageBytes;
  }

  /**
   * A cache.
   *
   * @param address of its {@code struct kmem_cache}
   * @param objectBytes size of an object as its users know it
   * @param slabBytes size of the pieces of memory that objects are made of; empty for SLAB
   * @param counts empty where the kernel does not count
   */
  public record Cache(
      long address,
      String name,
      long objectBytes,
      OptionalLong slabBytes,
      Optional<Counts> counts) {}

  /**
   * @param allocated objects in use
   * @param total objects, in use or free
   * @param slabs pieces of memory
   */
  public record Counts(long allocated, long total, long slabs) {}

  /**
   * @param problem why the list is not whole, if it is not
   */
  public record Found(List<Cache> caches, Optional<String> problem) {
    public Found {
      caches = List.copyOf(caches);
    }
  }

  /**
   * All caches, newest first, as the kernel lists them.
   *
   * @param cpus whose own free objects are counted
   */
  public static Found read(TypedMemory memory, List<Integer> cpus, long pageBytes)
      throws KernelReadException {
    SlabCaches reader = new SlabCaches(memory, cpus, pageBytes);
    // Under one name since 3.6, commit 18004c5d4084 ("mm, sl[aou]b: Use a common mutex
    // definition").
    Walk walk = memory.variable("slab_caches", "struct list_head").list(CACHE, "list");
    List<Cache> caches = new ArrayList<>();
    Optional<String> problem = walk.problem();
    for (KernelObject cache : walk) {
      try {
        caches.add(reader.cache(cache));
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
    return new Found(caches, problem);
  }

  private Cache cache(KernelObject cache) throws KernelReadException {
    // object_size since 3.6, commit 3b0efdfa1e71 ("mm, sl[aou]b: Extract common fields from struct
    // kmem_cache").
    long bytes = cache.firstOf("object_size", "objsize", "buffer_size").value();
    OptionalLong slabBytes = OptionalLong.empty();
    if (cache.has("oo.x")) {
      long order = Math.min(cache.value("oo.x") >>> ORDER_SHIFT, MAX_ORDER);
      slabBytes = OptionalLong.of(pageBytes << order);
    }
    return new Cache(cache.address(), cache.string("name"), bytes, slabBytes, counts(cache));
  }

  private Optional<Counts> counts(KernelObject cache) {
    try {
      if (!memory.types().has("struct kmem_cache_node", "nr_slabs") || !cache.has("node")) {
        return Optional.empty();
      }
      long total = 0;
      long slabs = 0;
      long free = 0;
      KernelObject pointers = cache.member("node");
      for (int i = 0; i < Math.min(pointers.length(), nodes()); i++) {
        KernelObject pointer = pointers.element(i);
        if (pointer.value() != 0) {
          KernelObject node = pointer.dereference();
          slabs += node.value("nr_slabs.counter");
          total += node.value("total_objects.counter");
          free += freeIn(node.member("partial"));
        }
      }
      for (int cpu : cpus) {
        free += freeOf(cache, cpu);
      }
      return Optional.of(new Counts(Math.max(total - free, 0), total, slabs));
    } catch (KernelReadException e) {
      return Optional.empty();
    }
  }

  /**
   * How many pointers to nodes a cache really has: it is allocated without the rest. A kernel for
   * one node only has no such variable.
   */
  private int nodes() {
    return memory
        .address("nr_node_ids")
        .map(address -> memory.memory().int32(address).orElse(1))
        .orElse(1);
  }

  /** {@code struct slab} since 5.17 (commit d122019bf061, "mm: Split slab into its own type"). */
  private boolean hasSlabType() {
    return memory.types().has("struct slab", "inuse");
  }

  private long freeIn(KernelObject partial) throws KernelReadException {
    String type = hasSlabType() ? "struct slab" : "struct page";
    String member = memory.types().has(type, "slab_list") ? "slab_list" : "lru";
    long free = 0;
    for (KernelObject slab : partial.list(type, member)) {
      free += freeObjects(slab);
    }
    return free;
  }

  private static long freeObjects(KernelObject slab) throws KernelReadException {
    return Math.max(slab.value("objects") - slab.value("inuse"), 0);
  }

  /** What a CPU keeps for itself: the slab it takes objects from, and a list of partial ones. */
  private long freeOf(KernelObject cache, int cpu) throws KernelReadException {
    OptionalLong offset = new PerCpu(memory).offset(cpu);
    if (!cache.has("cpu_slab") || offset.isEmpty()) {
      return 0;
    }
    KernelObject own =
        memory.object("struct kmem_cache_cpu", cache.value("cpu_slab") + offset.getAsLong());
    long free = 0;
    KernelObject slab = own.firstOf("slab", "page");
    if (slab.value() != 0) {
      free += freeObjects(slab.dereference());
      free += new FreeList(memory, cache).length(own.value("freelist"));
    }
    if (own.has("partial")) {
      KernelObject next = own.member("partial");
      for (int i = 0; next.value() != 0 && i < OBJECTS_MASK; i++) {
        free += freeObjects(next.dereference());
        next = next.dereference().member("next");
      }
    }
    return free;
  }
}
