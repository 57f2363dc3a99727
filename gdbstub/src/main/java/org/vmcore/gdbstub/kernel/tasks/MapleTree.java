package org.vmcore.gdbstub.kernel.tasks;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.kernel.KernelMemory;
import org.vmcore.gdbstub.kernel.types.Compound;
import org.vmcore.gdbstub.kernel.types.KernelObject;
import org.vmcore.gdbstub.kernel.types.KernelReadException;
import org.vmcore.gdbstub.kernel.types.TypedMemory;

/**
 * A maple tree, in which processes keep their memory regions since Linux 6.1 (commit d4af56c5c7c6,
 * "mm: start tracking VMAs with maple tree"). The pointer to a node carries its type (Linux
 * include/linux/maple_tree.h, {@code MAPLE_NODE_TYPE_SHIFT}):
 *
 * <pre>
 * bits 63..8 address of the node, bits 6..3 its type, bit 1 set in the root: a node, no entry
 * </pre>
 *
 * A node has pivots, each the last index of its slot; the last slot has none, and a pivot of 0 says
 * that its slot is the last in use, whose end is the node's.
 */
final class MapleTree {
  /** {@code MAPLE_NODE_MASK}. */
  private static final long IN_NODE = 0xff;

  private static final int TYPE_SHIFT = 3;
  private static final int TYPE_MASK = 0xf;

  private static final int LEAF_64 = 1;
  private static final int RANGE_64 = 2;
  private static final int ARANGE_64 = 3;

  /** Entries up to here are no addresses: the tree's own marks. */
  private static final long RESERVED = 4096;

  /** Several times what a process can have regions (vm.max_map_count is 65,530). */
  private static final int MAX_NODES = 1 << 20;

  private final TypedMemory typed;
  private final KernelMemory memory;
  private final long lastIndex;
  private final Set<Long> seen = new HashSet<>();
  private final List<Long> entries = new ArrayList<>();

  private MapleTree(TypedMemory typed) {
    this.typed = typed;
    this.memory = typed.memory();
    this.lastIndex = memory.truncate(-1);
  }

  /**
   * The entries of a tree in their order.
   *
   * @param tree a {@code struct maple_tree}
   * @throws KernelReadException when a node cannot be read or is none
   */
  static List<Long> entries(TypedMemory typed, KernelObject tree) throws KernelReadException {
    MapleTree walk = new MapleTree(typed);
    long root = tree.value("ma_root");
    if (isNode(root)) {
      walk.node(root, walk.lastIndex);
    } else if (Long.compareUnsigned(root, RESERVED) > 0) {
      walk.entries.add(root);
    }
    return walk.entries;
  }

  private static boolean isNode(long entry) {
    return (entry & 3) == 2 && Long.compareUnsigned(entry, RESERVED) > 0;
  }

  /**
   * @param max the last index of the node
   */
  private void node(long encoded, long max) throws KernelReadException {
    int type = (int) (encoded >>> TYPE_SHIFT) & TYPE_MASK;
    long address = encoded & ~IN_NODE;
    if (!seen.add(address) || seen.size() > MAX_NODES || type < LEAF_64 || type > ARANGE_64) {
      throw new KernelReadException(
          KernelReadException.Reason.IMPLAUSIBLE,
          "the maple tree goes wrong at node %#018x".formatted(encoded));
    }
    Shape shape = shape(type);
    int word = memory.wordBytes();
    for (int i = 0; i < shape.slots(); i++) {
      long pivot = i < shape.pivots() ? word(address + shape.pivotsAt() + (long) i * word) : max;
      long end = pivot == 0 ? max : pivot;
      long slot = word(address + shape.slotsAt() + (long) i * word);
      if (type == RANGE_64 || type == ARANGE_64) {
        if (Long.compareUnsigned(slot, RESERVED) > 0) {
          node(slot, end);
        }
      } else if (Long.compareUnsigned(slot, RESERVED) > 0 && (slot & 3) == 0) {
        entries.add(slot);
      }
      if (Long.compareUnsigned(end, max) >= 0) {
        return;
      }
    }
  }

  private long word(long address) throws KernelReadException {
    OptionalLong word = memory.word(address);
    if (word.isEmpty()) {
      throw new KernelReadException(
          KernelReadException.Reason.UNREADABLE,
          "the maple tree's node at %#018x cannot be read".formatted(address & ~IN_NODE));
    }
    return word.getAsLong();
  }

  /** Where a node has what. */
  private record Shape(long pivotsAt, int pivots, long slotsAt, int slots) {}

  /** The kernel's own types tell; few other files have them, and no kernel had them differently. */
  private Shape shape(int type) {
    boolean arange = type == ARANGE_64;
    Optional<Compound> struct =
        typed.types().compound(arange ? "struct maple_arange_64" : "struct maple_range_64");
    OptionalLong pivots = struct.map(s -> s.offsetOf("pivot")).orElse(OptionalLong.empty());
    OptionalLong slots = struct.map(s -> s.offsetOf("slot")).orElse(OptionalLong.empty());
    if (pivots.isPresent() && slots.isPresent()) {
      // The pivots end where the slots begin, and are one fewer.
      int count = (int) ((slots.getAsLong() - pivots.getAsLong()) / memory.wordBytes());
      return new Shape(pivots.getAsLong(), count, slots.getAsLong(), count + 1);
    }
    if (memory.wordBytes() == Long.BYTES) {
      return arange ? new Shape(8, 9, 80, 10) : new Shape(8, 15, 128, 16);
    }
    return arange ? new Shape(4, 20, 84, 21) : new Shape(4, 31, 128, 32);
  }
}
