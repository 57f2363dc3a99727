package org.vmcore.gdbstub.linux.mm;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.tasks.PerCpu;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;
import org.vmcore.gdbstub.linux.types.MemberHistory;
import org.vmcore.gdbstub.linux.types.Reasons;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * What has to be known of a cache to tell its objects apart (Linux mm/slub.c; of mm/slab.c, until
 * 6.7, without the lists).
 *
 * @param stride distance from one object to the next
 * @param margin bytes on an object's left
 * @param list how its free objects hang together; empty for SLAB
 * @param ofCpus free objects that CPUs keep, and which CPU each
 * @param slabs that CPUs take objects from, and which CPU each
 * @param reasons why some of what CPUs keep is not known: an object that is in no list is then not
 *     proven to be in use
 */
record SlubCache(
    long address,
    String name,
    long stride,
    long objectBytes,
    long margin,
    Optional<FreeList> list,
    Map<Long, Integer> ofCpus,
    Map<Long, Integer> slabs,
    Reasons reasons) {
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

  /**
   * A cache at an address.
   *
   * @param cpus whose own free objects are looked at
   * @throws KernelReadException when there is none, or it cannot be read
   */
  static SlubCache of(TypedMemory memory, List<Integer> cpus, long address)
      throws KernelReadException {
    KernelObject cache = memory.object("struct kmem_cache", address);
    boolean old = SlabLists.isOf(cache);
    long stride = STRIDE.in(cache).value();
    if (stride <= 0) {
      throw new KernelReadException(
          Reason.IMPLAUSIBLE,
          "there is no cache at %#x: its objects would have %d bytes".formatted(address, stride));
    }
    Map<Long, Integer> slabs = new HashMap<>();
    Reasons reasons = new Reasons();
    boolean margin =
        cache.has("red_left_pad")
            && SlabFlags.of(memory.types()).hasMargin(cache.value("flags"));
    return new SlubCache(
        address,
        memory.memory().text(cache.value("name"), MAX_NAME),
        stride,
        (old ? MemoryMembers.SLAB_OBJECT_SIZE : MemoryMembers.OBJECT_SIZE).in(cache).value(),
        margin ? cache.value("red_left_pad") : 0,
        old ? Optional.empty() : Optional.of(new FreeList(memory, cache)),
        old ? Map.of() : ofCpus(memory, cpus, cache, slabs, reasons),
        slabs,
        reasons);
  }

  private static Map<Long, Integer> ofCpus(
      TypedMemory memory,
      List<Integer> cpus,
      KernelObject cache,
      Map<Long, Integer> slabs,
      Reasons reasons) {
    Map<Long, Integer> objects = new HashMap<>();
    for (int cpu : cpus) {
      OptionalLong offset = new PerCpu(memory).offset(cpu);
      try {
        if (offset.isPresent() && cache.has("cpu_slab")) {
          KernelObject own = SlabCaches.cpuSlab(cache.member("cpu_slab"), cpu, offset.getAsLong());
          new FreeList(memory, cache)
              .objects(own.value("freelist"))
              .forEach(object -> objects.put(object, cpu));
          slabs.put(MemoryMembers.CPU_SLAB.in(own).value(), cpu);
        }
        if (offset.isPresent() && cache.has("cpu_sheaves") && cache.value("cpu_sheaves") != 0) {
          addSheaves(memory, cache.value("cpu_sheaves") + offset.getAsLong(), cpu, objects);
        }
      } catch (KernelReadException e) {
        reasons.add(e);
      }
    }
    return objects;
  }

  private static void addSheaves(
      TypedMemory memory, long ofCpu, int cpu, Map<Long, Integer> objects)
      throws KernelReadException {
    KernelObject own = memory.object("struct slub_percpu_sheaves", ofCpu);
    for (String name : SHEAVES) {
      if (own.has(name) && own.value(name) != 0) {
        KernelObject sheaf = own.member(name).dereference();
        long size = Math.min(sheaf.value("size"), MAX_SHEAF);
        for (long i = 0; i < size; i++) {
          objects.put(sheaf.member("objects").element(i).value(), cpu);
        }
      }
    }
  }
}
