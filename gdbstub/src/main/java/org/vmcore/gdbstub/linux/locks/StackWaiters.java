package org.vmcore.gdbstub.linux.locks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongPredicate;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * Finds what tasks have put into lists to be woken: it lies on the task's own stack and points at
 * the task, and its neighbours in the list point back at it, which nothing else does.
 */
final class StackWaiters {
  /** More than wait for any lock. */
  private static final int MAX_WAITERS = 1 << 16;

  private final KernelMemory memory;
  private final List<WaiterShape> shapes;
  private final LongPredicate isTask;
  private final LongPredicate isCode;

  /**
   * @param address of the waiter
   * @param lock that it waits for
   * @param function that wakes it; 0 where it has none
   */
  record Waiter(WaitKind kind, long address, long lock, long function) {}

  /**
   * @param isTask whether a task is at an address
   * @param isCode whether a function is
   */
  StackWaiters(TypedMemory typed, LongPredicate isTask, LongPredicate isCode) {
    this.memory = typed.memory();
    this.shapes = WaiterShape.of(typed.types());
    this.isTask = isTask;
    this.isCode = isCode;
  }

  /**
   * Those on a part of a stack, the innermost first. Several kinds look the same; what the task was
   * doing tells which it is.
   *
   * @param start of the part that was in use
   * @param length in bytes, bounded by the stack
   */
  List<Waiter> of(long task, long start, int length) {
    List<Waiter> found = new ArrayList<>();
    ByteBuffer words = ByteBuffer.wrap(memory.upTo(start, length)).order(memory.byteOrder());
    for (int at = 0; at + memory.wordBytes() <= words.limit(); at += memory.wordBytes()) {
      if (memory.word(words, at) == task) {
        for (WaiterShape shape : shapes) {
          long waiter = start + at - shape.task();
          if (shape.isRing()) {
            addOfRing(found, shape, waiter, words);
          } else {
            add(found, shape, waiter);
          }
        }
      }
    }
    return found;
  }

  private void add(List<Waiter> found, WaiterShape shape, long waiter) {
    long node = waiter + shape.list();
    OptionalLong next = memory.word(node);
    OptionalLong previous = memory.word(node + memory.wordBytes());
    if (next.isEmpty()
        || previous.isEmpty()
        || next.getAsLong() == node
        || !leadsTo(next.getAsLong() + memory.wordBytes(), node)
        || !leadsTo(previous.getAsLong(), node)) {
      return;
    }
    OptionalLong head = head(shape, node, next.getAsLong());
    if (head.isPresent()) {
      long function =
          shape.function().isPresent()
              ? memory.word(waiter + shape.function().getAsLong()).orElse(0)
              : 0;
      found.add(new Waiter(shape.kind(), waiter, head.getAsLong() - shape.head(), function));
    }
  }

  /**
   * The lock is none of the list then. The function that waits has its address, and so it is on the
   * stack: what points at a waiter of this list where a lock does is one.
   */
  private void addOfRing(List<Waiter> found, WaiterShape shape, long waiter, ByteBuffer stack) {
    Set<Long> ring = ring(shape, waiter);
    if (ring.isEmpty()) {
      return;
    }
    for (int at = 0; at + memory.wordBytes() <= stack.limit(); at += memory.wordBytes()) {
      long lock = memory.word(stack, at);
      OptionalLong first = lock == 0 ? OptionalLong.empty() : memory.word(lock + shape.head());
      boolean points = first.isPresent() && ring.contains(first.getAsLong());
      if (points && ring.stream().noneMatch(one -> isIn(shape, one, lock))) {
        found.add(new Waiter(shape.kind(), waiter, lock, 0));
        return;
      }
    }
  }

  /** Waiters point at one another too. */
  private boolean isIn(WaiterShape shape, long waiter, long address) {
    long end = Math.max(shape.list() + 2L * memory.wordBytes(), shape.task() + memory.wordBytes());
    return Long.compareUnsigned(address - waiter, end) < 0;
  }

  /** All that are in the list with a waiter; none where one of them is no waiter. */
  private Set<Long> ring(WaiterShape shape, long waiter) {
    Set<Long> seen = new HashSet<>();
    long at = waiter;
    while (seen.size() < MAX_WAITERS && seen.add(at)) {
      OptionalLong next = memory.word(at + shape.list());
      if (next.isEmpty()
          || !isWaiter(shape, at)
          || !leadsTo(next.getAsLong() + memory.wordBytes(), at + shape.list())) {
        return Set.of();
      }
      at = next.getAsLong() - shape.list();
    }
    return at == waiter ? seen : Set.of();
  }

  private boolean leadsTo(long pointer, long node) {
    OptionalLong value = memory.word(pointer);
    return value.isPresent() && value.getAsLong() == node;
  }

  /** The one in the list that is no waiter. */
  private OptionalLong head(WaiterShape shape, long node, long first) {
    Set<Long> seen = new HashSet<>();
    long at = first;
    while (at != node && seen.size() < MAX_WAITERS && seen.add(at)) {
      if (!isWaiter(shape, at - shape.list())) {
        return OptionalLong.of(at);
      }
      OptionalLong next = memory.word(at);
      if (next.isEmpty()) {
        break;
      }
      at = next.getAsLong();
    }
    return OptionalLong.empty();
  }

  private boolean isWaiter(WaiterShape shape, long waiter) {
    if (shape.function().isPresent()) {
      return isCode.test(memory.word(waiter + shape.function().getAsLong()).orElse(0));
    }
    return isTask.test(memory.word(waiter + shape.task()).orElse(0));
  }
}
