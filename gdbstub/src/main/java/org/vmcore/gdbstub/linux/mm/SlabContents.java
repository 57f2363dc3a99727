package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * The slabs of a cache with their objects (Linux mm/slub.c): of each CPU the one that it takes
 * objects from and those that it keeps, of each node the partial ones, and with SLAB_STORE_USER the
 * full ones, which are on no list else. For one thread.
 */
public final class SlabContents {
  /** Most slabs in one list. */
  private static final int MAX_SLABS = 1 << 20;

  private final TypedMemory memory;
  private final List<Integer> cpus;
  private final PageFrames frames;
  private final DirectMap map;
  private final List<Zones.Zone> zones;

  /**
   * A slab.
   *
   * @param cache address of its {@code struct kmem_cache}
   * @param address of its {@code struct slab} or {@code struct page}
   * @param memory of its first object's margin
   * @param free objects that nobody has, those that CPUs keep among them
   */
  public record Slab(
      long cache, long address, long memory, int node, int free, List<Item> objects) {
    public Slab {
      objects = List.copyOf(objects);
    }
  }

  /**
   * An object.
   *
   * @param cpu that keeps the free object for itself, with its slab or without
   */
  public record Item(long address, boolean allocated, OptionalInt cpu) {}

  /**
   * What a CPU has.
   *
   * @param address of its {@code struct kmem_cache_cpu}
   */
  public record OfCpu(int cpu, long address, Optional<Slab> current, List<Slab> partial) {}

  /**
   * What a node has.
   *
   * @param address of its {@code struct kmem_cache_node}
   * @param slabs how many of all; empty where the kernel does not count them
   * @param full empty where the kernel does not list them
   */
  public record OfNode(
      int node, long address, OptionalLong slabs, List<Slab> partial, Optional<List<Slab>> full) {}

  /** All that lists lead to. */
  public record All(List<OfCpu> cpus, List<OfNode> nodes) {}

  /**
   * @param cpus whose own slabs are looked at
   */
  public SlabContents(TypedMemory memory, List<Integer> cpus, PageFrames frames, DirectMap map)
      throws KernelReadException {
    this.memory = memory;
    this.cpus = List.copyOf(cpus);
    this.frames = frames;
    this.map = map;
    this.zones = Zones.read(memory);
  }

  private String slabType() {
    return memory.types().has("struct slab", "inuse") ? "struct slab" : "struct page";
  }

  private SlubCache cache(long address) throws KernelReadException {
    SlubCache cache = SlubCache.of(memory, cpus, address);
    if (cache.list().isEmpty()) {
      throw new KernelReadException(
          Reason.ABSENT, "the kernel's caches are of SLAB, whose objects are not listed");
    }
    return cache;
  }

  /** The slab that a page is of. */
  public Slab slab(PageStates.Page page) throws KernelReadException {
    KernelObject slab = memory.object(slabType(), page.headDescriptor());
    return slab(slab, cache(PageMembers.CACHE.in(slab).value()));
  }

  private Slab slab(KernelObject slab, SlubCache cache) throws KernelReadException {
    OptionalLong physical = frames.physicalAddress(slab.address());
    if (physical.isEmpty()) {
      throw new KernelReadException(
          Reason.IMPLAUSIBLE, "there is no page of the slab at %#x".formatted(slab.address()));
    }
    long start = map.virtualAddress(physical.getAsLong());
    Set<Long> free = cache.list().orElseThrow().objects(slab.value("freelist"));
    List<Item> objects = new ArrayList<>();
    int unused = 0;
    Integer taker = cache.slabs().get(slab.address());
    for (long i = 0; i < slab.value("objects"); i++) {
      long object = start + i * cache.stride() + cache.margin();
      Integer cpu = cache.ofCpus().get(object);
      boolean allocated = cpu == null && !free.contains(object);
      unused += allocated ? 0 : 1;
      cpu = cpu == null && !allocated ? taker : cpu;
      objects.add(
          new Item(object, allocated, cpu == null ? OptionalInt.empty() : OptionalInt.of(cpu)));
    }
    return new Slab(
        cache.address(),
        slab.address(),
        start,
        node(Long.divideUnsigned(physical.getAsLong(), frames.pageBytes())),
        unused,
        objects);
  }

  private int node(long frame) {
    return zones.stream()
        .filter(zone -> Long.compareUnsigned(frame - zone.startFrame(), zone.spanned()) < 0)
        .mapToInt(Zones.Zone::node)
        .findFirst()
        .orElse(0);
  }

  /**
   * All slabs of a cache that lists lead to.
   *
   * @param address of its {@code struct kmem_cache}
   */
  public All of(long address) throws KernelReadException {
    SlubCache cache = cache(address);
    KernelObject structure = memory.object("struct kmem_cache", address);
    List<OfCpu> ofCpus = new ArrayList<>();
    for (int cpu : cpus) {
      OptionalLong offset = new PerCpu(memory).offset(cpu);
      if (structure.has("cpu_slab") && offset.isPresent()) {
        KernelObject own =
            SlabCaches.cpuSlab(structure.member("cpu_slab"), cpu, offset.getAsLong());
        KernelObject current = MemoryMembers.CPU_SLAB.in(own);
        ofCpus.add(
            new OfCpu(
                cpu,
                own.address(),
                current.value() == 0
                    ? Optional.empty()
                    : Optional.of(slab(memory.object(slabType(), current.value()), cache)),
                chain(own, cache)));
      }
    }
    List<OfNode> nodes = new ArrayList<>();
    KernelObject pointers = MemoryMembers.NODES.in(structure);
    for (int i = 0; i < Math.min(pointers.length(), SlabCaches.nodes(memory)); i++) {
      KernelObject element = pointers.element(i);
      KernelObject pointer = element.has("node") ? element.member("node") : element;
      if (pointer.value() != 0) {
        nodes.add(ofNode(i, pointer.dereference(), cache));
      }
    }
    return new All(ofCpus, nodes);
  }

  private List<Slab> chain(KernelObject own, SlubCache cache) throws KernelReadException {
    List<Slab> slabs = new ArrayList<>();
    if (own.has("partial")) {
      KernelObject next = own.member("partial");
      for (int i = 0; next.value() != 0 && i < MAX_SLABS; i++) {
        KernelObject slab = memory.object(slabType(), next.value());
        slabs.add(slab(slab, cache));
        next = slab.member("next");
      }
    }
    return slabs;
  }

  private OfNode ofNode(int number, KernelObject node, SlubCache cache) throws KernelReadException {
    return new OfNode(
        number,
        node.address(),
        node.has("nr_slabs")
            ? OptionalLong.of(node.value("nr_slabs.counter"))
            : OptionalLong.empty(),
        list(node.member("partial"), cache),
        node.has("full") && isTracked(cache)
            ? Optional.of(list(node.member("full"), cache))
            : Optional.empty());
  }

  /** SLAB_STORE_USER: only then full slabs are kept in a list. */
  private boolean isTracked(SlubCache cache) throws KernelReadException {
    long flags = memory.object("struct kmem_cache", cache.address()).value("flags");
    return SlabFlags.of(memory.types()).storesUsers(flags);
  }

  private List<Slab> list(KernelObject head, SlubCache cache) throws KernelReadException {
    String member =
        MemoryMembers.SLAB_LIST
            .path(memory.types(), slabType())
            .orElse(MemoryMembers.SLAB_LIST.toString());
    List<Slab> slabs = new ArrayList<>();
    for (KernelObject slab : head.list(slabType(), member).whole()) {
      slabs.add(slab(slab, cache));
    }
    return slabs;
  }
}
