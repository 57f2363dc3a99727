package org.vmcore.gdbstub.linux.types;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;

/**
 * The entries of an xarray (Linux include/linux/xarray.h), or of the radix tree that it replaced in
 * 4.20 (commit f8d5d0cc145c, "xarray: Add definition of struct xarray";
 * include/linux/radix-tree.h). Bounded: no node is visited twice.
 */
public final class XArray {
  /** More than any that the kernel keeps objects in. */
  private static final int MAX_ENTRIES = 1 << 20;

  /** 64 bits of index in steps of at least 4. */
  private static final int MAX_DEPTH = 16;

  /** Of the tree, what leads to all. */
  private static final MemberHistory TOP =
      MemberHistory.named("rnode")
          .since("4.20", "xa_head", "f8d5d0cc145c, \"xarray: Add definition of struct xarray\"");

  /**
   * Of a node: how many levels it is above the entries, which since 3.15 has its offset in the
   * parent above it; or how many bits of the index its children cover.
   */
  private static final MemberHistory LEVEL =
      MemberHistory.named("height").since("3.15", "path", "").since("4.7", "shift", "");

  private static final String BITS = "shift";

  private final TypedMemory memory;
  private final String nodeType;

  /** What is added to a pointer to a node, among the lowest two bits. */
  private final int nodeTag;

  private final Set<Long> seen = new HashSet<>();
  private final List<Entry> entries = new ArrayList<>();

  /**
   * An entry that is a pointer.
   *
   * @param address where it points
   */
  public record Entry(long index, long address) {}

  private XArray(TypedMemory memory, String nodeType, int nodeTag) {
    this.memory = memory;
    this.nodeType = nodeType;
    this.nodeTag = nodeTag;
  }

  /**
   * All pointers, by ascending index.
   *
   * @param root a {@code struct xarray} or {@code struct radix_tree_root}
   */
  public static List<Entry> entries(TypedMemory memory, KernelObject root)
      throws KernelReadException {
    boolean xarray = root.has("xa_head");
    // A node is marked by 2 in an xarray, by 1 in a radix tree.
    XArray walk =
        xarray
            ? new XArray(memory, "struct xa_node", 2)
            : new XArray(memory, "struct radix_tree_node", 1);
    walk.visit(TOP.in(root).value(), 0, 0);
    return walk.entries;
  }

  private void visit(long pointer, long index, int depth) throws KernelReadException {
    if (pointer == 0 || entries.size() >= MAX_ENTRIES) {
      return;
    }
    if ((pointer & 3) != nodeTag) {
      if ((pointer & 3) == 0) {
        entries.add(new Entry(index, pointer));
      }
      return;
    }
    // Small internal values are siblings and retries, no nodes.
    if (Long.compareUnsigned(pointer, 4096) < 0) {
      return;
    }
    if (depth > MAX_DEPTH || !seen.add(pointer)) {
      throw new KernelReadException(
          Reason.IMPLAUSIBLE, "the tree leads twice to its node at %#x".formatted(pointer));
    }
    KernelObject node = memory.object(nodeType, pointer - nodeTag);
    KernelObject slots = node.member("slots");
    int shift = shift(node, slots.length());
    for (int i = 0; i < slots.length(); i++) {
      long slot = slots.element(i).value();
      if (shift == 0 || (slot & 3) == nodeTag || nodeTag == 2) {
        visit(slot, index + ((long) i << shift), depth + 1);
      } else {
        // Before 4.7 only the root marks its node.
        visit(slot == 0 ? 0 : slot | nodeTag, index + ((long) i << shift), depth + 1);
      }
    }
  }

  /** How many bits of the index the node's children cover. */
  private static int shift(KernelObject node, long slots) throws KernelReadException {
    long level = LEVEL.in(node).value();
    if (node.has(BITS)) {
      return (int) level & 0x3f;
    }
    int bits = Long.numberOfTrailingZeros(Long.highestOneBit(slots));
    return (int) Math.max(0, ((level & 0xf) - 1) * bits) & 0x3f;
  }
}
