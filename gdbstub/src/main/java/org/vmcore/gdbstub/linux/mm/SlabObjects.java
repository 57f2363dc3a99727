package org.vmcore.gdbstub.linux.mm;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.MemberHistory;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Which object of which cache an address in a slab is in, and whether it was in use (Linux
 * mm/slub.c; of mm/slab.c, until 6.7, without the latter). An object is free that is on the slab's
 * own list of such, on that of the CPU that takes objects from the slab or, since 6.18, in a sheaf
 * of a CPU. Caches and slabs are read when they are first asked about. For one thread.
 */
public final class SlabObjects {
  /** SLAB_RED_ZONE (include/linux/slab.h): objects have a margin on their left, since 4.6. */
  private static final long RED_ZONE = 0x400;

  /** Slabs whose lists are kept; one has some ten objects. */
  private static final int MAX_SLABS = 1 << 14;

  /** More objects than a sheaf has. */
  private static final long MAX_SHEAF = 1 << 16;

  private static final int MAX_NAME = 256;

  /** What a CPU has of sheaves (struct slub_percpu_sheaves, mm/slub.c). */
  private static final List<String> SHEAVES = List.of("main", "spare", "rcu_free");

  /** The bytes of an object with all that is around it. */
  private static final MemberHistory STRIDE =
      MemberHistory.named("buffer_size")
          .since(
              "3.6",
              "size",
              "3b0efdfa1e71, \"mm, sl[aou]b: Extract common fields from struct kmem_cache\"");

  private final TypedMemory memory;
  private final List<Integer> cpus;
  private final DirectMap map;
  private final long pageBytes;
  private final Map<Long, Optional<Cache>> caches = new HashMap<>();
  private final Map<Long, Set<Long>> free =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Set<Long>> eldest) {
          return size() > MAX_SLABS;
        }
      };

  /**
   * A cache.
   *
   * @param stride distance from one object to the next
   * @param margin bytes on an object's left
   * @param list how its free objects hang together; empty for SLAB
   * @param ofCpus free objects that CPUs keep
   */
  private record Cache(
      long address,
      String name,
      long stride,
      long objectBytes,
      long margin,
      Optional<FreeList> list,
      Set<Long> ofCpus) {}

  /**
   * An object.
   *
   * @param cache address of its {@code struct kmem_cache}
   * @param object its first byte
   * @param objectBytes as its users know it
   * @param offset of the address in it; below 0 or above its size in what is around it
   * @param allocated empty where the allocator's lists are not known
   */
  public record Found(
      long cache,
      String cacheName,
      long object,
      long objectBytes,
      long offset,
      Optional<Boolean> allocated) {}

  /**
   * @param cpus whose own free objects are looked at
   */
  public SlabObjects(TypedMemory memory, List<Integer> cpus, DirectMap map, long pageBytes) {
    this.memory = memory;
    this.cpus = List.copyOf(cpus);
    this.map = map;
    this.pageBytes = pageBytes;
  }

  /**
   * The object at an address.
   *
   * @param page that it is in, of a slab
   * @return empty where what is there is no slab after all, or it is behind the last object
   */
  public Optional<Found> at(long address, PageStates.Page page) throws KernelReadException {
    boolean own = memory.types().has("struct slab", "inuse");
    KernelObject slab = memory.object(own ? "struct slab" : "struct page", page.headDescriptor());
    long its = PageMembers.CACHE.in(slab).value();
    Optional<Cache> found = caches.get(its);
    if (found == null) {
      found = cache(its);
      caches.put(its, found);
    }
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Cache cache = found.get();
    long start =
        cache.list().isEmpty() && slab.has("s_mem")
            ? slab.value("s_mem")
            : map.virtualAddress(page.head() * pageBytes);
    long number = (address - start) / cache.stride();
    if (address - start < 0 || (slab.has("objects") && number >= slab.value("objects"))) {
      return Optional.empty();
    }
    long object = start + number * cache.stride() + cache.margin();
    return Optional.of(
        new Found(
            cache.address(),
            cache.name(),
            object,
            cache.objectBytes(),
            address - object,
            cache.list().isEmpty() ? Optional.empty() : Optional.of(!isFree(object, slab, cache))));
  }

  private boolean isFree(long object, KernelObject slab, Cache cache) throws KernelReadException {
    Set<Long> ofSlab = free.get(slab.address());
    if (ofSlab == null) {
      ofSlab = cache.list().orElseThrow().objects(slab.value("freelist"));
      free.put(slab.address(), ofSlab);
    }
    return ofSlab.contains(object) || cache.ofCpus().contains(object);
  }

  private Optional<Cache> cache(long address) {
    try {
      KernelObject cache = memory.object("struct kmem_cache", address);
      boolean old = SlabLists.isOf(cache);
      long stride = STRIDE.in(cache).value();
      if (stride <= 0) {
        return Optional.empty();
      }
      boolean margin = cache.has("red_left_pad") && (cache.value("flags") & RED_ZONE) != 0;
      return Optional.of(
          new Cache(
              address,
              memory.memory().text(cache.value("name"), MAX_NAME),
              stride,
              (old ? MemoryMembers.SLAB_OBJECT_SIZE : MemoryMembers.OBJECT_SIZE).in(cache).value(),
              margin ? cache.value("red_left_pad") : 0,
              old ? Optional.empty() : Optional.of(new FreeList(memory, cache)),
              old ? Set.of() : ofCpus(cache)));
    } catch (KernelReadException e) {
      return Optional.empty();
    }
  }

  private Set<Long> ofCpus(KernelObject cache) {
    Set<Long> objects = new HashSet<>();
    for (int cpu : cpus) {
      OptionalLong offset = new PerCpu(memory).offset(cpu);
      try {
        if (offset.isPresent() && cache.has("cpu_slab")) {
          KernelObject own = SlabCaches.cpuSlab(cache.member("cpu_slab"), cpu, offset.getAsLong());
          objects.addAll(new FreeList(memory, cache).objects(own.value("freelist")));
        }
        if (offset.isPresent() && cache.has("cpu_sheaves") && cache.value("cpu_sheaves") != 0) {
          addSheaves(cache.value("cpu_sheaves") + offset.getAsLong(), objects);
        }
      } catch (KernelReadException e) {
        // The lists of the other CPUs count all the same.
      }
    }
    return objects;
  }

  private void addSheaves(long ofCpu, Set<Long> objects) throws KernelReadException {
    KernelObject own = memory.object("struct slub_percpu_sheaves", ofCpu);
    for (String name : SHEAVES) {
      if (own.has(name) && own.value(name) != 0) {
        KernelObject sheaf = own.member(name).dereference();
        long size = Math.min(sheaf.value("size"), MAX_SHEAF);
        for (long i = 0; i < size; i++) {
          objects.add(sheaf.member("objects").element(i).value());
        }
      }
    }
  }
}
