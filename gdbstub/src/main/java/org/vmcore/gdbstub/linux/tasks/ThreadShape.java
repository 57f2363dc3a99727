package org.vmcore.gdbstub.linux.tasks;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * Where a kernel without types has the ring that a process' threads hang in: {@code thread_group}
 * goes through the threads alone, {@code thread_node} through the head in {@code signal_struct},
 * too ({@link TaskMembers#THREADS}). Told by a process that has several: no other ring of a task
 * leads to tasks that are all of the same process.
 *
 * @param pid offset of {@code pid}, behind which {@code tgid} is
 */
record ThreadShape(KernelMemory memory, int pid) {
  /** More threads than a process is walked through. */
  private static final int MAX_THREADS = 1 << 16;

  /** A leader of a process: its address and the words of its {@code task_struct}. */
  interface Leader {
    long address();

    /** 0 beyond what could be read. */
    long word(int offset);
  }

  /**
   * Empty where no process has more than one thread, or this kernel keeps them in another way.
   *
   * @param end of what is searched, in bytes
   */
  OptionalInt find(List<? extends Leader> leaders, int end) {
    int word = memory.wordBytes();
    for (int at = 0; at + 2 * word <= end; at += word) {
      int ring = at;
      if (leaders.stream().allMatch(leader -> mayBeRing(leader, ring))
          && isOfThreads(leaders, at)) {
        return OptionalInt.of(at);
      }
    }
    return OptionalInt.empty();
  }

  private boolean mayBeRing(Leader leader, int at) {
    int word = memory.wordBytes();
    long own = memory.truncate(leader.address() + at);
    long next = leader.word(at);
    long previous = leader.word(at + word);
    return next != 0
        && previous != 0
        && next % word == 0
        && previous % word == 0
        && (next == own) == (previous == own);
  }

  private boolean isOfThreads(List<? extends Leader> leaders, int at) {
    long threads = 0;
    for (Leader leader : leaders) {
      int found = threads(leader, at);
      if (found < 0) {
        return false;
      }
      threads += found;
    }
    return threads > 0;
  }

  /** How many other threads a ring leads to; -1 where it is no ring of threads. */
  private int threads(Leader leader, int at) {
    long own = memory.truncate(leader.address() + at);
    int process = memory.int32(leader.address() + pid).orElse(0);
    int threads = 0;
    int heads = 0;
    Set<Long> seen = new HashSet<>();
    long before = own;
    for (long node = leader.word(at); node != own; node = memory.word(node).orElse(0)) {
      boolean isLinked = memory.word(node + memory.wordBytes()).orElse(0) == before;
      if (node == 0 || !isLinked || !seen.add(node) || seen.size() > MAX_THREADS) {
        return -1;
      }
      if (isThread(memory.truncate(node - at), process)) {
        threads++;
      } else if (++heads > 1) {
        return -1;
      }
      before = node;
    }
    return threads;
  }

  private boolean isThread(long task, int process) {
    int number = memory.int32(task + pid).orElse(0);
    return number > 0
        && number != process
        && memory.int32(task + pid + Integer.BYTES).orElse(0) == process;
  }
}
