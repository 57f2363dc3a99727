package org.vmcore.gdbstub.linux.mm;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Which object of which cache an address in a slab is in, and whether it was in use (Linux
 * mm/slub.c; of mm/slab.c, until 6.7, without the latter). An object is free that is on the slab's
 * own list of such, on that of the CPU that takes objects from the slab or, since 6.18, in a sheaf
 * of a CPU. Caches and slabs are read when they are first asked about. For one thread.
 */
public final class SlabObjects {
  /** Slabs whose lists are kept; one has some ten objects. */
  private static final int MAX_SLABS = 1 << 14;

  private final TypedMemory memory;
  private final List<Integer> cpus;
  private final DirectMap map;
  private final long pageBytes;
  private final Reasons reasons;
  private final Map<Long, Optional<SlubCache>> caches = new HashMap<>();
  private final Map<Long, Set<Long>> free =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Set<Long>> eldest) {
          return size() > MAX_SLABS;
        }
      };

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
   * @param reasons told why some of these are not known
   */
  public SlabObjects(
      TypedMemory memory, List<Integer> cpus, DirectMap map, long pageBytes, Reasons reasons) {
    this.reasons = reasons;
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
    Optional<SlubCache> found = caches.get(its);
    if (found == null) {
      // Where this fails, it is told once.
      caches.put(its, Optional.empty());
      SlubCache cache = SlubCache.of(memory, cpus, its);
      cache.reasons().all().forEach(reasons::add);
      found = Optional.of(cache);
      caches.put(its, found);
    }
    if (found.isEmpty()) {
      return Optional.empty();
    }
    SlubCache cache = found.get();
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
            allocated(object, slab, cache)));
  }

  private Optional<Boolean> allocated(long object, KernelObject slab, SlubCache cache)
      throws KernelReadException {
    if (cache.list().isEmpty()) {
      return Optional.empty();
    }
    boolean free = isFree(object, slab, cache);
    return free || cache.reasons().all().isEmpty() ? Optional.of(!free) : Optional.empty();
  }

  private boolean isFree(long object, KernelObject slab, SlubCache cache)
      throws KernelReadException {
    Set<Long> ofSlab = free.get(slab.address());
    if (ofSlab == null) {
      ofSlab = cache.list().orElseThrow().objects(slab.value("freelist"));
      free.put(slab.address(), ofSlab);
    }
    return ofSlab.contains(object) || cache.ofCpus().containsKey(object);
  }
}
