package org.vmcore.remote;

import java.util.function.LongPredicate;

/**
 * How much to fetch around a block that is missing and that nobody has announced. Dumps have
 * together what is used together, so a piece comes along that takes about as long to come as it
 * takes to be asked for; of a small file less, since there the bytes are what counts.
 */
final class Vicinity {
  /** Blocks of a piece at most: over 50 ms of latency and 160 Mbit/s they take as long. */
  private static final int MOST = (1 << 20) / RemoteInput.BLOCK;

  private static final int LEAST = 6;

  /** No more than such a part of the file. */
  private static final int PARTS = 64;

  /** Of a piece, such a part lies before the block: structures are read from their start on. */
  private static final int BEFORE = 4;

  private final long end;
  private final int blocks;

  /**
   * What is fetched at once.
   *
   * @param last block, inclusive
   */
  record Piece(long first, long last) {}

  /**
   * @param end the file's last block
   */
  Vicinity(long end) {
    this.end = end;
    this.blocks = (int) Math.max(LEAST, Math.min(MOST, end / PARTS));
  }

  /**
   * What to fetch now: between what is here already, a missing block among it, and without leaving
   * gaps of less than half a piece.
   *
   * @param isHere whether a block is here, or on its way
   */
  Piece around(long block, LongPredicate isHere) {
    int gap = blocks / 2;
    long lowest = reach(block, -1, blocks + gap, isHere);
    long highest = reach(block, 1, blocks + gap, isHere);
    long first = Math.max(lowest, block - blocks / BEFORE);
    long last = Math.min(highest, first + blocks - 1);
    first = Math.max(lowest, last - blocks + 1);
    if (first - lowest <= gap && isEdge(lowest - 1, isHere)) {
      first = lowest;
    }
    if (highest - last <= gap && isEdge(highest + 1, isHere)) {
      last = highest;
    }
    return new Piece(first, last);
  }

  /** The last of the missing blocks in one direction, of at most so many. */
  private long reach(long block, int step, int most, LongPredicate isHere) {
    long reached = block;
    for (int i = 0; i < most && !isEdge(reached + step, isHere); i++) {
      reached += step;
    }
    return reached;
  }

  private boolean isEdge(long block, LongPredicate isHere) {
    return block < 0 || block > end || isHere.test(block);
  }
}
