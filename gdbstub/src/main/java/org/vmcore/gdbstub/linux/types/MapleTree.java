package org.vmcore.gdbstub.linux.types;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * The entries of a maple tree (Linux include/linux/maple_tree.h, since 6.1, commit 54a611b60590,
 * "Maple Tree: add new data structure"):
 *
 * <pre>
 * pointer to a node    address (aligned to 256) | type &lt;&lt; 3 | 4, and that of the root | 2
 * node                 pivot[i] is the last index of slot[i]; that of the last slot is implied
 * </pre>
 *
 * Bounded: no node is visited twice.
 */
public final class MapleTree {
  private static final int MAX_ENTRIES = 1 << 20;
  private static final int MAX_DEPTH = 32;

  /** MAPLE_NODE_MASK. */
  private static final long NODE_MASK = 0xff;

  /** MAPLE_NODE_TYPE_SHIFT and MAPLE_NODE_TYPE_MASK of lib/maple_tree.c. */
  private static final int TYPE_SHIFT = 3;

  private static final int TYPE_MASK = 0xf;

  /** enum maple_type. */
  private static final int DENSE = 0;

  private static final int LEAF = 1;
  private static final int ALLOCATION_RANGE = 3;

  /** Internal entries below this are no nodes (xa_is_node() of include/linux/xarray.h). */
  private static final long FIRST_NODE = 4096;

  private final TypedMemory memory;
  private final Set<Long> seen = new HashSet<>();
  private final List<Entry> entries = new ArrayList<>();
  private Optional<String> problem = Optional.empty();

  /**
   * A pointer in the tree.
   *
   * @param first index of the range that it is stored for
   * @param last index of that range
   * @param address where it points
   */
  public record Entry(long first, long last, long address) {}

  private MapleTree(TypedMemory memory) {
    this.memory = memory;
  }

  /**
   * All pointers, by ascending index.
   *
   * @param tree a {@code struct maple_tree}
   */
  public static Listing<Entry> entries(TypedMemory memory, KernelObject tree)
      throws KernelReadException {
    MapleTree walk = new MapleTree(memory);
    long root = tree.value("ma_root");
    if (isNode(root)) {
      walk.node(root, 0, memory.memory().truncate(-1), 0);
    } else if (root != 0) {
      walk.entries.add(new Entry(0, 0, root));
    }
    return new Listing<>(walk.entries, walk.problem);
  }

  private static boolean isNode(long entry) {
    return (entry & 3) == 2 && Long.compareUnsigned(entry, FIRST_NODE) > 0;
  }

  private void node(long encoded, long first, long last, int depth) throws KernelReadException {
    long address = encoded & ~NODE_MASK;
    if (depth > MAX_DEPTH || !seen.add(address)) {
      problem = Optional.of("the tree leads twice to its node at %#018x".formatted(address));
      return;
    }
    int type = (int) (encoded >>> TYPE_SHIFT) & TYPE_MASK;
    if (type > ALLOCATION_RANGE) {
      problem = Optional.of("the tree's node at %#018x is of no known type".formatted(address));
      return;
    }
    if (type == DENSE) {
      KernelObject slots = memory.object("struct maple_node", address).member("slot");
      for (int i = 0; i < slots.length(); i++) {
        entry(slots.element(i).value(), first + i, first + i);
      }
      return;
    }
    Shape shape = shape(type == ALLOCATION_RANGE);
    long from = first;
    for (int i = 0; i <= shape.pivots(); i++) {
      long pivot = i < shape.pivots() ? word(address + shape.pivotsAt(), i) : last;
      // A pivot of 0 behind the first marks the end of the node in use.
      boolean ends = pivot == last || (pivot == 0 && i > 0);
      long to = ends || Long.compareUnsigned(pivot, last) > 0 ? last : pivot;
      long slot = word(address + shape.slotsAt(), i);
      if (type == LEAF) {
        entry(slot, from, to);
      } else if (Long.compareUnsigned(slot, FIRST_NODE) > 0) {
        // The mark that tells a node from an entry is in the root alone.
        try {
          node(slot, from, to, depth + 1);
        } catch (KernelReadException e) {
          problem = Optional.ofNullable(e.getMessage());
        }
      }
      if (ends || Long.compareUnsigned(to, from) < 0) {
        return;
      }
      from = to + 1;
    }
  }

  private long word(long array, int index) throws KernelReadException {
    KernelMemory bytes = memory.memory();
    long at = array + (long) index * bytes.wordBytes();
    return bytes
        .word(at)
        .orElseThrow(
            () ->
                new KernelReadException(
                    KernelReadException.Reason.UNREADABLE,
                    "the tree's node at %#018x cannot be read".formatted(array & ~NODE_MASK)));
  }

  /** Where a node has what; there is one slot more than pivots. */
  private record Shape(long pivotsAt, int pivots, long slotsAt) {}

  /**
   * As the kernel's own types tell; few modules' debugging information has them, and no kernel had
   * them differently.
   */
  private Shape shape(boolean allocation) {
    int wordBytes = memory.memory().wordBytes();
    Optional<Compound> struct =
        memory.types().compound(allocation ? "struct maple_arange_64" : "struct maple_range_64");
    OptionalLong pivots = struct.map(s -> s.offsetOf("pivot")).orElse(OptionalLong.empty());
    OptionalLong slots = struct.map(s -> s.offsetOf("slot")).orElse(OptionalLong.empty());
    if (pivots.isPresent() && slots.isPresent()) {
      long count = (slots.getAsLong() - pivots.getAsLong()) / wordBytes;
      if (count > 0 && count < NODE_MASK) {
        return new Shape(pivots.getAsLong(), (int) count, slots.getAsLong());
      }
    }
    if (wordBytes == Long.BYTES) {
      return allocation ? new Shape(8, 9, 80) : new Shape(8, 15, 128);
    }
    return allocation ? new Shape(4, 20, 84) : new Shape(4, 31, 128);
  }

  private void entry(long value, long first, long last) {
    if (value != 0 && (value & 3) == 0 && entries.size() < MAX_ENTRIES) {
      entries.add(new Entry(first, last, value));
    }
  }
}
