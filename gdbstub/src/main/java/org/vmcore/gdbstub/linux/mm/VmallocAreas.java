package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Listing;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/**
 * The areas that the kernel mapped apart from all memory: what vmalloc, ioremap and the loading of
 * modules gave (Linux mm/vmalloc.c).
 */
public final class VmallocAreas {
  /** Set in {@code vmap_area.flags} where {@code vm} counts, on kernels that say so. */
  private static final long VM_VM_AREA = 4;

  /** VM_LAZY_FREE and VM_LAZY_FREEING of the same kernels: unmapped at some later time. */
  private static final long LAZILY_FREED = 3;

  /** vmap_nodes are at most this many (Linux mm/vmalloc.c, vmap_init_nodes). */
  private static final int MAX_NODES = 1 << 10;

  private static final int MAX_AREAS = 1 << 23;

  private final TypedMemory memory;
  private final List<Area> areas = new ArrayList<>();
  private Optional<String> problem = Optional.empty();

  private VmallocAreas(TypedMemory memory) {
    this.memory = memory;
  }

  /**
   * An area.
   *
   * @param area address of its {@code struct vmap_area}; 0 before there were such
   * @param structure address of its {@code struct vm_struct}
   * @param end the address after its last, with the guard page behind it
   */
  public record Area(long area, long structure, long start, long end) {}

  /**
   * The area that an address is in.
   *
   * @param areas by address
   */
  public static Optional<Area> at(List<Area> areas, long address) {
    int low = 0;
    int high = areas.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(areas.get(middle).start(), address) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low > 0 && Long.compareUnsigned(address, areas.get(low - 1).end()) < 0
        ? Optional.of(areas.get(low - 1))
        : Optional.empty();
  }

  /**
   * What an area was made for.
   *
   * @param caller an address in the function that asked for it, since 2.6.29; else 0
   * @param flags such as {@code VM_IOREMAP} (include/linux/vmalloc.h)
   * @param physical address of the registers or the memory that ioremap() maps; else 0
   */
  public record Purpose(long caller, List<String> flags, long physical) {
    public Purpose {
      flags = List.copyOf(flags);
    }
  }

  /** By bit, as they have been since they came. */
  private static final List<String> FLAGS =
      List.of("VM_IOREMAP", "VM_ALLOC", "VM_MAP", "VM_USERMAP", "VM_DMA_COHERENT");

  /** What an area was made for. */
  public static Purpose purpose(TypedMemory memory, Area area) throws KernelReadException {
    KernelObject structure = memory.object("struct vm_struct", area.structure());
    long bits = structure.value("flags");
    List<String> flags = new ArrayList<>();
    for (int i = 0; i < FLAGS.size(); i++) {
      if ((bits >>> i & 1) != 0) {
        flags.add(FLAGS.get(i));
      }
    }
    long caller = structure.has("caller") ? structure.value("caller") : 0;
    return new Purpose(caller, flags, structure.value("phys_addr"));
  }

  /** The pages of memory that an area has of its own; 0 for one that maps what others have. */
  public static long pages(TypedMemory memory, Area area) throws KernelReadException {
    return memory.object("struct vm_struct", area.structure()).value("nr_pages") & 0xffff_ffffL;
  }

  /**
   * All areas that have a {@code vm_struct}.
   *
   * @throws KernelReadException when the kernel's symbols and types do not tell how they are kept
   */
  public static Listing<Area> read(TypedMemory memory) throws KernelReadException {
    VmallocAreas reader = new VmallocAreas(memory);
    if (memory.address("vmap_area_list").isPresent()) {
      reader.addAll(memory.variable("vmap_area_list", "struct list_head"));
    } else if (memory.address("vmap_nodes").isPresent()) {
      reader.addNodes();
    } else {
      reader.addOld();
    }
    reader.areas.sort(Comparator.comparing(Area::start, Long::compareUnsigned));
    return new Listing<>(reader.areas, reader.problem);
  }

  /** Since 6.9 several lists, each of some addresses. */
  private void addNodes() throws KernelReadException {
    KernelObject node =
        memory.object(
            "struct vmap_node",
            memory.memory().word(memory.address("vmap_nodes").orElse(0L)).orElse(0));
    long count = memory.variable("nr_vmap_nodes", "int").value();
    for (int i = 0; i < Math.min(count, MAX_NODES); i++) {
      addAll(node.member("busy.head"));
      node = node.moved(node.type().size().orElse(0));
    }
  }

  private void addAll(KernelObject head) throws KernelReadException {
    Walk walk = head.list("struct vmap_area", "list");
    problem = problem.or(walk::problem);
    for (KernelObject area : walk) {
      try {
        if (hasStructure(area)) {
          areas.add(
              new Area(
                  area.address(),
                  MemoryMembers.VM_STRUCT.in(area).value(),
                  area.value("va_start"),
                  area.value("va_end")));
        }
      } catch (KernelReadException e) {
        problem = problem.or(() -> Optional.ofNullable(e.getMessage()));
      }
    }
  }

  /** Flags of that meaning are of kernels whose areas know nothing of the trees below them. */
  private static boolean hasStructure(KernelObject area) throws KernelReadException {
    if (MemoryMembers.VM_STRUCT.in(area).value() == 0) {
      return false;
    }
    return area.has("subtree_max_size")
        || !area.has("flags")
        || (area.value("flags") & (VM_VM_AREA | LAZILY_FREED)) == VM_VM_AREA;
  }

  /** Before 3.10 the structures themselves were in a list. */
  private void addOld() throws KernelReadException {
    Set<Long> seen = new HashSet<>();
    KernelObject model = memory.object("struct vm_struct", 0);
    KernelObject head = memory.variable("vmlist", "unsigned long");
    long next = head.value();
    while (next != 0 && seen.size() < MAX_AREAS && seen.add(next)) {
      KernelObject structure = model.moved(next);
      try {
        long start = structure.value("addr");
        areas.add(new Area(0, next, start, start + structure.value("size")));
        next = structure.value("next");
      } catch (KernelReadException e) {
        problem = Optional.ofNullable(e.getMessage());
        return;
      }
    }
  }
}
