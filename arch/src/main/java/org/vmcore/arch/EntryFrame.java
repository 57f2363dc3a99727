package org.vmcore.arch;

import java.util.OptionalLong;
import java.util.function.LongPredicate;

/**
 * The {@code struct pt_regs} that entry code leaves at the end of a task's kernel stack when it
 * comes from the user's program ({@code task_pt_regs()} of each architecture).
 */
public final class EntryFrame {
  private static final String STACK = "union thread_union";

  /** THREAD_SIZE is a power of two; without a type for it, these are tried. */
  private static final long SMALLEST_STACK = 4096;

  private static final long LARGEST_STACK = 256 << 10;

  private EntryFrame() {}

  /**
   * Where it begins.
   *
   * @param bytes from there to the end of the stack; the first that is right is taken
   * @param isUsers whether what is at an address looks like registers of a user's program, for
   *     which unreadable memory does not
   */
  public static OptionalLong find(SwitchedOutTask task, LongPredicate isUsers, long... bytes) {
    OptionalLong stack = task.member("stack");
    if (stack.isEmpty()) {
      stack = task.member("thread_info");
    }
    if (stack.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong known = task.size(STACK);
    long first = known.orElse(SMALLEST_STACK);
    long last = known.orElse(LARGEST_STACK);
    for (long size = first; size <= last; size *= 2) {
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
