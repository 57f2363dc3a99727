package org.vmcore.remote;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Tells what is likely to be read next. A reader that has gone through some blocks one after the
 * other will go through about as many more; several readers do so at once.
 */
final class ReadAhead {
  /** Runs known at a time. */
  private static final int RUNS = 8;

  /** Read ahead at most: in blocks. */
  private static final int MOST = 64;

  /** A shorter run is served by what is fetched around any block: see {@link Vicinity}. */
  private static final int LEAST = 12;

  /** Announced pieces that are known. */
  private static final int ANNOUNCED = 32;

  /** First and last block of what somebody said would be read; those said last at the end. */
  private final Deque<long[]> announced = new ArrayDeque<>();

  private final long[] next = new long[RUNS];
  private final int[] length = new int[RUNS];
  private int oldest;

  ReadAhead() {
    Arrays.fill(next, -1);
  }

  /** Notes what will be read, of which the end is known: nothing is to be guessed behind it. */
  void announce(long first, long last) {
    announced.add(new long[] {first, last});
    if (announced.size() > ANNOUNCED) {
      announced.remove();
    }
  }

  /**
   * How many blocks to have ready behind those that are read now. Not safe for several threads.
   *
   * @param first of the blocks read now
   * @param last of them
   */
  int window(long first, long last) {
    if (announced.stream().anyMatch(piece -> first >= piece[0] && last <= piece[1])) {
      return 0;
    }
    for (int i = 0; i < RUNS; i++) {
      boolean goesOn = first == next[i];
      if (goesOn || (first < next[i] && last >= next[i] - 1 && first >= next[i] - length[i])) {
        length[i] = (int) Math.min(MOST, length[i] + Math.max(0, last + 1 - next[i]));
        next[i] = Math.max(next[i], last + 1);
        return length[i] < LEAST ? 0 : length[i];
      }
    }
    next[oldest] = last + 1;
    length[oldest] = (int) Math.min(MOST, last + 1 - first);
    oldest = (oldest + 1) % RUNS;
    return 0;
  }
}
