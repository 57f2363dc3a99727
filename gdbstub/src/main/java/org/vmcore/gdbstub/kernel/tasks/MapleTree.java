package org.vmcore.gdbstub.kernel.tasks;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.vmcore.gdbstub.kernel.types.KernelObject;
import org.vmcore.gdbstub.kernel.types.KernelReadException;
import org.vmcore.gdbstub.kernel.types.TypedMemory;

/**
 * A maple tree, in which processes keep their memory regions since Linux 6.1 (commit d4af56c5c7c6,
 * "mm: start tracking VMAs with maple tree"). The pointer to a node carries its type (Linux
 * include/linux/maple_tree.h, {@code MAPLE_NODE_TYPE_SHIFT}):
 *
 * <pre>
 * bits 63..8 address of the node, bits 6..3 its type, bit 1 set: a node, no entry
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
  private final Set<Long> seen = new HashSet<>();
  private final List<Long> entries = new ArrayList<>();

  private MapleTree(TypedMemory typed) {
    this.typed = typed;
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
      walk.node(root, -1L);
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
    KernelObject node =
        typed.object(
            type == ARANGE_64 ? "struct maple_arange_64" : "struct maple_range_64", address);
    KernelObject slots = node.member("slot");
    KernelObject pivots = node.member("pivot");
    for (int i = 0; i < slots.length(); i++) {
      long pivot = i < pivots.length() ? pivots.element(i).value() : max;
      long end = pivot == 0 ? max : pivot;
      long slot = slots.element(i).value();
      if (type == RANGE_64 || type == ARANGE_64) {
        if (isNode(slot)) {
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
}
