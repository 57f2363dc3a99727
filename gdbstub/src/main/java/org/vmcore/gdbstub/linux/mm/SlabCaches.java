package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/**
 * The kernel's caches of objects of one size (Linux mm/slab.h), of SLUB (mm/slub.c) and, until 6.7,
 * SLAB (mm/slab.c; {@link SlabLists}). SLUB counts its slabs only with CONFIG_SLUB_DEBUG.
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
  private Optional<String> problem = Optional.empty();

  /**
   * Nothing is read yet.
   *
   * @param cpus whose own free objects are counted
   */
  public SlabCaches(TypedMemory memory, List<Integer> cpus, long pageBytes) {
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
   * @param counts empty where they cannot be told; what of the kernel is missing or not known, the
   *     list's problem says
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

  /** A cache whose objects have not been counted. */
  public record Uncounted(String name, KernelObject cache) {}

  /** All caches, newest first, as the kernel lists them. */
  public List<Uncounted> all() throws KernelReadException {
    // Under one name since 3.6, commit 18004c5d4084 ("mm, sl[aou]b: Use a common mutex
    // definition").
    String list = memory.address("slab_caches").isPresent() ? "slab_caches" : "cache_chain";
    String next =
        MemoryMembers.NEXT_SLAB_CACHE
            .path(memory.types(), CACHE)
            .orElse(MemoryMembers.NEXT_SLAB_CACHE.toString());
    Walk walk = memory.variable(list, "struct list_head").list(CACHE, next);
    List<Uncounted> caches = new ArrayList<>();
    problem = problem.or(walk::problem);
    for (KernelObject cache : walk) {
      try {
        caches.add(new Uncounted(cache.string("name"), cache));
      } catch (KernelReadException e) {
        report(e);
      }
    }
    return caches;
  }

  /** One of them with its objects; empty where it cannot be read, as {@link #problem} says then. */
  public Optional<Cache> counted(Uncounted one) {
    try {
      return Optional.of(cache(one.cache()));
    } catch (KernelReadException e) {
      report(e);
      return Optional.empty();
    }
  }

  /** What could not be read so far, the first of it. */
  public Optional<String> problem() {
    return problem;
  }

  /**
   * All of them counted.
   *
   * @param cpus whose own free objects are counted
   */
  public static Listing<Cache> read(TypedMemory memory, List<Integer> cpus, long pageBytes)
      throws KernelReadException {
    SlabCaches reader = new SlabCaches(memory, cpus, pageBytes);
    List<Cache> caches = new ArrayList<>();
    for (Uncounted one : reader.all()) {
      reader.counted(one).ifPresent(caches::add);
    }
    return new Listing<>(caches, reader.problem());
  }

  /** One cache, by the address of its {@code struct kmem_cache}. */
  public static Cache read(TypedMemory memory, List<Integer> cpus, long pageBytes, long address)
      throws KernelReadException {
    SlabCaches reader = new SlabCaches(memory, cpus, pageBytes);
    return reader.cache(memory.object(CACHE, address));
  }

  private void report(KernelReadException e) {
    problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
  }

  private Cache cache(KernelObject cache) throws KernelReadException {
    if (SlabLists.isOf(cache)) {
      return slab(cache);
    }
    long order = Math.min(cache.value("oo.x") >>> ORDER_SHIFT, MAX_ORDER);
    return new Cache(
        cache.address(),
        cache.string("name"),
        MemoryMembers.OBJECT_SIZE.in(cache).value(),
        OptionalLong.of(pageBytes << order),
        counts(cache));
  }

  private Cache slab(KernelObject cache) throws KernelReadException {
    Optional<Counts> counts = Optional.empty();
    try {
      counts = Optional.of(new SlabLists(memory, cpus).counts(cache, nodes()));
    } catch (KernelReadException e) {
      report(e);
    }
    return new Cache(
        cache.address(),
        cache.string("name"),
        MemoryMembers.SLAB_OBJECT_SIZE.in(cache).value(),
        OptionalLong.of(pageBytes << Math.min(cache.value("gfporder"), MAX_ORDER)),
        counts);
  }

  private Optional<Counts> counts(KernelObject cache) {
    try {
      long total = 0;
      long slabs = 0;
      long free = 0;
      KernelObject pointers = MemoryMembers.NODES.in(cache);
      for (int i = 0; i < Math.min(pointers.length(), nodes()); i++) {
        KernelObject element = pointers.element(i);
        KernelObject pointer = element.has("node") ? element.member("node") : element;
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
      report(e);
      return Optional.empty();
    }
  }

  /**
   * How many pointers to nodes a cache really has: it is allocated without the rest. A kernel for
   * one node only has no such variable.
   */
  private int nodes() {
    return nodes(memory);
  }

  static int nodes(TypedMemory memory) {
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
    String member =
        MemoryMembers.SLAB_LIST
            .path(memory.types(), type)
            .orElse(MemoryMembers.SLAB_LIST.toString());
    long free = 0;
    for (KernelObject slab : partial.list(type, member).whole()) {
      free += freeObjects(slab);
    }
    return free;
  }

  private static long freeObjects(KernelObject slab) throws KernelReadException {
    return Math.max(slab.value("objects") - slab.value("inuse"), 0);
  }

  /**
   * What a CPU has of a cache: a per-CPU allocation since 2.6.34 (9dfc6e68bfe6, "SLUB: Use this_cpu
   * operations in slub"); before, an array of pointers, or without SMP the structure itself.
   *
   * @param member of the cache
   * @param offset that the CPU's copies are at
   */
  static KernelObject cpuSlab(KernelObject member, int cpu, long offset)
      throws KernelReadException {
    if (member.type().resolved() instanceof Type.Array) {
      return member.element(cpu).dereference();
    }
    return member.type().resolved() instanceof Type.Pointer
        ? member.memory().object("struct kmem_cache_cpu", member.value() + offset)
        : member;
  }

  /** What a CPU keeps for itself: the slab it takes objects from, and a list of partial ones. */
  private long freeOf(KernelObject cache, int cpu) throws KernelReadException {
    OptionalLong offset = new PerCpu(memory).offset(cpu);
    if (!cache.has("cpu_slab") || offset.isEmpty()) {
      return 0;
    }
    KernelObject own = cpuSlab(cache.member("cpu_slab"), cpu, offset.getAsLong());
    long free = 0;
    KernelObject slab = MemoryMembers.CPU_SLAB.in(own);
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
