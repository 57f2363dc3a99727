package org.vmcore.gdbstub.linux.types;

import com.google.errorprone.annotations.FormatMethod;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;

/**
 * Walks through the kernel's lists and trees (Linux include/linux/list.h, include/linux/rbtree.h).
 * A dump's lists may be torn or run in circles: no node is visited twice, and the number of nodes
 * is bounded.
 */
final class Walks {
  /** More than the 4 Mi processes that Linux can have. */
  private static final int MAX_NODES = 1 << 23;

  private final TypedMemory typed;
  private final KernelMemory memory;
  private final KernelObject model;
  private final long memberOffset;
  private final Set<Long> seen = new HashSet<>();
  private long[] addresses = new long[16];
  private int count;

  private Walks(TypedMemory typed, String type, String member) throws KernelReadException {
    this.typed = typed;
    this.memory = typed.memory();
    this.model = typed.object(type, 0);
    this.memberOffset = offset(type, member);
  }

  private long offset(String type, String member) throws KernelReadException {
    OptionalLong offset =
        typed.types().compound(type).map(t -> t.offsetOf(member)).orElse(OptionalLong.empty());
    if (offset.isEmpty()) {
      throw new KernelReadException(Reason.ABSENT, "%s has no member '%s'".formatted(type, member));
    }
    return offset.getAsLong();
  }

  /** {@code list_for_each_entry}. */
  static Walk list(TypedMemory typed, long head, String type, String member)
      throws KernelReadException {
    Walks walk = new Walks(typed, type, member);
    long next = walk.offset("struct list_head", "next");
    return walk.chain(head, head + next, next, address -> address == head);
  }

  /**
   * {@code hlist_for_each_entry}, and that of {@code hlist_nulls}, whose end is an odd number.
   *
   * @param head address of the {@code struct hlist_head}
   */
  static Walk hlist(TypedMemory typed, long head, String type, String member)
      throws KernelReadException {
    Walks walk = new Walks(typed, type, member);
    return walk.chain(
        head,
        head + walk.offset("struct hlist_head", "first"),
        walk.offset("struct hlist_node", "next"),
        address -> address == 0 || (address & 1) != 0);
  }

  @FunctionalInterface
  private interface End {
    boolean isAt(long address);
  }

  private Walk chain(long head, long firstAt, long next, End end) {
    long from = head;
    for (long at = firstAt; ; ) {
      OptionalLong node = memory.word(at);
      if (node.isEmpty()) {
        return ended("the list at %#018x: its pointer at %#018x cannot be read", head, at);
      }
      if (end.isAt(node.getAsLong())) {
        return ended();
      }
      if (!seen.add(node.getAsLong())) {
        return ended(
            "the list at %#018x runs in a circle: %#018x leads back to %#018x",
            head, from, node.getAsLong());
      }
      if (count == MAX_NODES) {
        return ended("the list at %#018x is longer than %d entries", head, MAX_NODES);
      }
      add(node.getAsLong());
      from = node.getAsLong();
      at = from + next;
    }
  }

  /**
   * A red-black tree in its order.
   *
   * @param root address of the {@code struct rb_root}
   */
  static Walk rbTree(TypedMemory typed, long root, String type, String member)
      throws KernelReadException {
    Walks walk = new Walks(typed, type, member);
    return walk.tree(
        root,
        root + walk.offset("struct rb_root", "rb_node"),
        walk.offset("struct rb_node", "rb_left"),
        walk.offset("struct rb_node", "rb_right"));
  }

  private Walk tree(long root, long rootAt, long left, long right) {
    Deque<Long> parents = new ArrayDeque<>();
    long at = rootAt;
    while (true) {
      OptionalLong node = memory.word(at);
      if (node.isEmpty()) {
        return ended("the tree at %#018x: its pointer at %#018x cannot be read", root, at);
      }
      long address = node.getAsLong();
      if (address != 0) {
        if (!seen.add(address)) {
          return ended("the tree at %#018x leads twice to %#018x", root, address);
        }
        if (seen.size() > MAX_NODES) {
          return ended("the tree at %#018x has more than %d nodes", root, MAX_NODES);
        }
        parents.push(address);
        at = address + left;
      } else if (parents.isEmpty()) {
        return ended();
      } else {
        long parent = parents.pop();
        add(parent);
        at = parent + right;
      }
    }
  }

  private void add(long node) {
    if (count == addresses.length) {
      addresses = Arrays.copyOf(addresses, count * 2);
    }
    addresses[count++] = memory.truncate(node - memberOffset);
  }

  private Walk ended() {
    return new Walk(model, Arrays.copyOf(addresses, count), Optional.empty());
  }

  @FormatMethod
  private Walk ended(String problem, Object... values) {
    return new Walk(model, Arrays.copyOf(addresses, count), Optional.of(problem.formatted(values)));
  }
}
