package org.vmcore.gdbstub.linux.tasks;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/**
 * The meaning of the bits in {@code task_struct.state}. Bits above 8 have moved: zombie and dead
 * once were 16 and 32 and now are the other way round, a parked task was 512 until Linux 4.14
 * (commit 8ef9925b02c2, "sched/debug: Add explicit TASK_PARKED printing"). The kernel's own table
 * of what /proc shows ({@code task_state_array} in fs/proc/array.c) tells which: text N is that of
 * bit N-1.
 */
final class TaskStates {
  private static final String TABLE = "task_state_array";

  /** More bits than any kernel has texts for. */
  private static final int MAX_TEXTS = 20;

  /** TASK_NOLOAD, in the same place since Linux 4.2. */
  private static final long NOLOAD = 0x400;

  /** The two that most tasks are in have never been other bits, and come first. */
  private static final long INTERRUPTIBLE = 1;

  private static final long UNINTERRUPTIBLE = 2;

  private final Lazy<Map<Long, TaskState>, RuntimeException> bits;

  private TaskStates(TypedMemory typed) {
    this.bits = Lazy.of(() -> read(typed));
  }

  static TaskStates of(TypedMemory typed) {
    return new TaskStates(typed);
  }

  private static Map<Long, TaskState> read(TypedMemory typed) {
    Map<Long, TaskState> bits = new LinkedHashMap<>();
    typed.address(TABLE).ifPresent(table -> read(typed.memory(), table, bits));
    return bits.isEmpty() ? today() : withoutText(bits);
  }

  private static void read(KernelMemory memory, long table, Map<Long, TaskState> bits) {
    for (int i = 1; i < MAX_TEXTS; i++) {
      OptionalLong text = memory.word(table + (long) i * memory.wordBytes());
      String shown = text.isPresent() ? memory.text(text.getAsLong(), 32) : "";
      if (!shown.matches("[A-Za-z] \\(.*")) {
        return;
      }
      long bit = 1L << (i - 1);
      char letter = shown.charAt(0);
      for (TaskState state : TaskState.values()) {
        // The letter of TASK_WAKEKILL is no state of its own, and the idle one no bit.
        if (state.letter() == letter && state != TaskState.IDLE) {
          bits.put(bit, state);
        }
      }
    }
  }

  /** As include/linux/sched.h has had them since Linux 4.14. */
  private static Map<Long, TaskState> today() {
    Map<Long, TaskState> bits = new LinkedHashMap<>();
    bits.put(1L, TaskState.INTERRUPTIBLE);
    bits.put(2L, TaskState.UNINTERRUPTIBLE);
    bits.put(4L, TaskState.STOPPED);
    bits.put(8L, TaskState.TRACED);
    bits.put(0x10L, TaskState.DEAD);
    bits.put(0x20L, TaskState.ZOMBIE);
    bits.put(0x40L, TaskState.PARKED);
    return withoutText(bits);
  }

  /** States that /proc has no text for, and that never changed their bit once they had one. */
  private static Map<Long, TaskState> withoutText(Map<Long, TaskState> bits) {
    if (bits.get(0x40L) == TaskState.PARKED) {
      bits.putIfAbsent(0x80L, TaskState.DEAD);
      bits.putIfAbsent(0x200L, TaskState.WAKING);
      bits.putIfAbsent(0x800L, TaskState.NEW);
      // TASK_RTLOCK_WAIT, for a spinlock of PREEMPT_RT, since 5.15 (commit cd781d0ce8cb,
      // "sched/wakeup: Introduce the TASK_RTLOCK_WAIT state bit"), which the kernel itself calls so
      // (25795ef6299f, "sched/tracing: Report TASK_RTLOCK_WAIT tasks as TASK_UNINTERRUPTIBLE").
      bits.putIfAbsent(0x1000L, TaskState.UNINTERRUPTIBLE);
    }
    return bits;
  }

  /**
   * @param state {@code task_struct.state} or {@code __state}
   * @param exitState {@code task_struct.exit_state}
   */
  TaskState of(long state, long exitState) {
    long all = state | exitState;
    if (all == 0) {
      return TaskState.RUNNING;
    }
    if ((all & (UNINTERRUPTIBLE | NOLOAD)) == (UNINTERRUPTIBLE | NOLOAD)) {
      return TaskState.IDLE;
    }
    if (exitState == 0 && (all & (INTERRUPTIBLE | UNINTERRUPTIBLE)) != 0) {
      return (all & INTERRUPTIBLE) != 0 ? TaskState.INTERRUPTIBLE : TaskState.UNINTERRUPTIBLE;
    }
    // One that has ended waits as TASK_DEAD for what its exit_state tells, of whose bits the
    // highest
    // counts, as in /proc.
    long told = exitState == 0 ? state : exitState;
    TaskState found = TaskState.UNKNOWN;
    for (Map.Entry<Long, TaskState> bit : bits.get().entrySet()) {
      if ((told & bit.getKey()) != 0 && (found == TaskState.UNKNOWN || exitState != 0)) {
        found = bit.getValue();
      }
    }
    return found;
  }
}
