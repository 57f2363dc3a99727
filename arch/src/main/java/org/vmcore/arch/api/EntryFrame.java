package org.vmcore.arch.api;

import java.util.OptionalLong;
import java.util.function.LongPredicate;

/**
 * The {@code struct pt_regs} that entry code leaves at the end of a task's kernel stack when it
 * comes from the user's program ({@code task_pt_regs()} of each architecture).
 */
public final class EntryFrame {
  private static final String STACK = "union thread_union";

  /** More than any architecture's, with KASAN. */
  private static final long LARGEST_STACK = 256 << 10;

  private EntryFrame() {}

  /**
   * Where it begins.
   *
   * @param smallestStack the least that THREAD_SIZE, a power of two, can be; it and those above are
   *     tried where the kernel's types do not tell it
   * @param isUsers whether what is at an address looks like registers of a user's program, for
   *     which unreadable memory does not
   * @param bytes from there to the end of the stack; the first that is right is taken
   */
  public static OptionalLong find(
      SwitchedOutTask task, long smallestStack, LongPredicate isUsers, long... bytes) {
    OptionalLong stack = task.member("stack");
    if (stack.isEmpty()) {
      stack = task.member("thread_info");
    }
    if (stack.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong known = task.size(STACK);
    long last = known.orElse(LARGEST_STACK);
    for (long size = known.orElse(smallestStack); size <= last; size *= 2) {
      for (long fromEnd : bytes) {
        long frame = stack.getAsLong() + size - fromEnd;
        if (isUsers.test(frame)) {
          return OptionalLong.of(frame);
        }
      }
    }
    return OptionalLong.empty();
  }
}
