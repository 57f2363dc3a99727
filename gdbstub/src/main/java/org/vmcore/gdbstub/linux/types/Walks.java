package org.vmcore.gdbstub.linux.types;

import com.google.errorprone.annotations.FormatMethod;
import java.util.ArrayDeque;
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

  private Walks() {}

  private static long offset(TypedMemory typed, String type, String member)
      throws KernelReadException {
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
    long entry = offset(typed, type, member);
    long next = offset(typed, "struct list_head", "next");
    return new Walk(
        typed.object(type, 0),
        new Chain(typed.memory(), head, entry, head + next, next, address -> address == head));
  }

  /**
   * {@code hlist_for_each_entry}, and that of {@code hlist_nulls}, whose end is an odd number.
   *
   * @param head address of the {@code struct hlist_head}
   */
  static Walk hlist(TypedMemory typed, long head, String type, String member)
      throws KernelReadException {
    long entry = offset(typed, type, member);
    long first = head + offset(typed, "struct hlist_head", "first");
    long next = offset(typed, "struct hlist_node", "next");
    return new Walk(
        typed.object(type, 0),
        new Chain(
            typed.memory(),
            head,
            entry,
            first,
            next,
            address -> address == 0 || (address & 1) != 0));
  }

  /**
   * A red-black tree in its order.
   *
   * @param root address of the {@code struct rb_root}
   */
  static Walk rbTree(TypedMemory typed, long root, String type, String member)
      throws KernelReadException {
    return new Walk(
        typed.object(type, 0),
        new Tree(
            typed.memory(),
            root,
            offset(typed, type, member),
            root + offset(typed, "struct rb_root", "rb_node"),
            offset(typed, "struct rb_node", "rb_left"),
            offset(typed, "struct rb_node", "rb_right")));
  }

  /** What steps have in common: nodes that were seen, and what they are members of. */
  private abstract static class OfNodes implements Walk.Steps {
    final KernelMemory memory;
    final long head;
    final Set<Long> seen = new HashSet<>();
    private final long memberOffset;
    private Optional<String> problem = Optional.empty();

    OfNodes(KernelMemory memory, long head, long memberOffset) {
      this.memory = memory;
      this.head = head;
      this.memberOffset = memberOffset;
    }

    OptionalLong entry(long node) {
      return OptionalLong.of(memory.truncate(node - memberOffset));
    }

    @FormatMethod
    OptionalLong endsBecause(String pattern, Object... values) {
      problem = Optional.of(pattern.formatted(values));
      return OptionalLong.empty();
    }

    @Override
    public Optional<String> problem() {
      return problem;
    }
  }

  @FunctionalInterface
  private interface End {
    boolean isAt(long address);
  }

  private static final class Chain extends OfNodes {
    private final long next;
    private final End end;
    private long from;
    private long at;

    /**
     * @param first where the pointer to the first node is
     * @param next where in a node that to the next one is
     */
    Chain(KernelMemory memory, long head, long memberOffset, long first, long next, End end) {
      super(memory, head, memberOffset);
      this.next = next;
      this.end = end;
      this.from = head;
      this.at = first;
    }

    @Override
    public OptionalLong next() {
      OptionalLong node = memory.word(at);
      if (node.isEmpty()) {
        return endsBecause("the list at %#018x: its pointer at %#018x cannot be read", head, at);
      }
      long address = node.getAsLong();
      if (end.isAt(address)) {
        return OptionalLong.empty();
      } else if (!seen.add(address)) {
        return endsBecause(
            "the list at %#018x runs in a circle: %#018x leads back to %#018x",
            head, from, address);
      } else if (seen.size() > MAX_NODES) {
        return endsBecause("the list at %#018x is longer than %d entries", head, MAX_NODES);
      }
      from = address;
      at = address + next;
      return entry(address);
    }
  }

  private static final class Tree extends OfNodes {
    private final long left;
    private final long right;
    private final Deque<Long> parents = new ArrayDeque<>();
    private long at;

    /**
     * @param first where the pointer to the topmost node is
     * @param left where in a node the one to what is before it is, and {@code right} what follows
     */
    Tree(KernelMemory memory, long root, long memberOffset, long first, long left, long right) {
      super(memory, root, memberOffset);
      this.left = left;
      this.right = right;
      this.at = first;
    }

    @Override
    public OptionalLong next() {
      while (true) {
        OptionalLong node = memory.word(at);
        if (node.isEmpty()) {
          return endsBecause("the tree at %#018x: its pointer at %#018x cannot be read", head, at);
        }
        long address = node.getAsLong();
        if (address == 0) {
          if (parents.isEmpty()) {
            return OptionalLong.empty();
          }
          long parent = parents.pop();
          at = parent + right;
          return entry(parent);
        } else if (!seen.add(address)) {
          return endsBecause("the tree at %#018x leads twice to %#018x", head, address);
        } else if (seen.size() > MAX_NODES) {
          return endsBecause("the tree at %#018x has more than %d nodes", head, MAX_NODES);
        }
        parents.push(address);
        at = address + left;
      }
    }
  }
}
