package org.vmcore.dumpreader.unwrap;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Where the bytes of a dump are in a flattened stream. Blocks of one size that follow each other in
 * both, as makedumpfile and QEMU write their bulk, are one run; runs and the pieces of them that
 * later blocks left visible lie in flat arrays: at most 48 bytes per run, and a search by halving
 * per read.
 */
final class FlattenedIndex {
  /** Bytes of {@code struct makedumpfile_data_header}, which precedes each block's data. */
  static final int BLOCK_HEADER = 16;

  /** No run covers these bytes. */
  static final int HOLE = -1;

  private final Runs runs;

  private final long[] pieceStarts;
  private final int[] pieceRuns;

  /** After the last byte of any block. */
  private final long size;

  private FlattenedIndex(Runs runs, long[] pieceStarts, int[] pieceRuns, long size) {
    this.runs = runs;
    this.pieceStarts = pieceStarts;
    this.pieceRuns = pieceRuns;
    this.size = size;
  }

  /** Bytes of the dump. */
  long size() {
    return size;
  }

  int pieces() {
    return pieceStarts.length;
  }

  /** The piece that holds a byte of the dump, which must be below {@link #size}. */
  int pieceAt(long offset) {
    int found = Arrays.binarySearch(pieceStarts, offset);
    return found >= 0 ? found : -found - 2;
  }

  boolean isHole(int piece) {
    return pieceRuns[piece] == HOLE;
  }

  /** The dump's offset after the last byte of a piece. */
  long pieceEnd(int piece) {
    return piece + 1 < pieceStarts.length ? pieceStarts[piece + 1] : size;
  }

  /** Where a byte of the dump is in the stream; the piece must hold it. */
  long position(int piece, long offset) {
    int run = pieceRuns[piece];
    long inRun = offset - runs.starts[run];
    return runs.positions[run] + inRun + inRun / runs.blockSizes[run] * BLOCK_HEADER;
  }

  /** How many bytes from {@code offset} on follow each other in the stream too. */
  long contiguous(int piece, long offset) {
    int run = pieceRuns[piece];
    int blockSize = runs.blockSizes[run];
    long inBlock = (offset - runs.starts[run]) % blockSize;
    return Math.min(blockSize - inBlock, pieceEnd(piece) - offset);
  }

  /** Runs of blocks, in the order of the stream. */
  private static final class Runs {
    private int count;
    private long[] starts = new long[16];
    private long[] positions = new long[16];
    private int[] blockSizes = new int[16];
    private int[] blocks = new int[16];

    long end(int run) {
      return starts[run] + (long) blockSizes[run] * blocks[run];
    }

    void add(long offset, long position, int size) {
      int last = count - 1;
      if (last >= 0
          && blockSizes[last] == size
          && offset == end(last)
          && position == positions[last] + (long) (size + BLOCK_HEADER) * blocks[last]
          && blocks[last] < Integer.MAX_VALUE) {
        blocks[last]++;
        return;
      }
      if (count == starts.length) {
        int larger = count + (count >> 1);
        starts = Arrays.copyOf(starts, larger);
        positions = Arrays.copyOf(positions, larger);
        blockSizes = Arrays.copyOf(blockSizes, larger);
        blocks = Arrays.copyOf(blocks, larger);
      }
      starts[count] = offset;
      positions[count] = position;
      blockSizes[count] = size;
      blocks[count] = 1;
      count++;
    }

    /**
     * Run numbers by ascending start: a merge sort, for boxed numbers would take four times this.
     */
    int[] sorted() {
      int[] from = new int[count];
      for (int i = 0; i < count; i++) {
        from[i] = i;
      }
      int[] to = new int[count];
      for (int width = 1; width < count && width > 0; width *= 2) {
        for (int low = 0; low < count; low += 2 * width) {
          merge(from, to, low, Math.min(low + width, count), Math.min(low + 2 * width, count));
        }
        int[] swap = from;
        from = to;
        to = swap;
      }
      return from;
    }

    private void merge(int[] from, int[] to, int low, int middle, int high) {
      int left = low;
      int right = middle;
      for (int i = low; i < high; i++) {
        boolean takeLeft =
            left < middle && (right >= high || starts[from[left]] <= starts[from[right]]);
        to[i] = from[takeLeft ? left++ : right++];
      }
    }
  }

  /** Takes the blocks in the order of the stream. */
  static final class Builder {
    /** Longer blocks are taken in pieces of this many bytes. */
    private static final int LARGEST_BLOCK = 1 << 30;

    private final Runs runs = new Runs();
    private long size;
    private long[] pieceStarts = new long[16];
    private int[] pieceRuns = new int[16];
    private int pieces;

    /**
     * @param offset where the block belongs in the dump
     * @param position where its bytes are in the stream
     */
    void add(long offset, long position, long length) {
      for (long done = 0; done < length; ) {
        int part = (int) Math.min(LARGEST_BLOCK, length - done);
        runs.add(offset + done, position + done, part);
        done += part;
      }
      if (length > 0) {
        size = Math.max(size, offset + length);
      }
    }

    boolean isEmpty() {
      return size == 0;
    }

    /** Sweeps over the dump once; of the runs at hand the one latest in the stream counts. */
    FlattenedIndex build() {
      int[] byStart = runs.sorted();
      PriorityQueue<Integer> atHand = new PriorityQueue<>(Comparator.reverseOrder());
      int next = 0;
      long at = 0;
      while (at < size) {
        while (next < byStart.length && runs.starts[byStart[next]] <= at) {
          atHand.add(byStart[next++]);
        }
        while (!atHand.isEmpty() && runs.end(atHand.element()) <= at) {
          atHand.remove();
        }
        long nextStart = next < byStart.length ? runs.starts[byStart[next]] : size;
        if (atHand.isEmpty()) {
          append(at, HOLE);
          at = nextStart;
        } else {
          append(at, atHand.element());
          at = Math.min(nextStart, runs.end(atHand.element()));
        }
      }
      return new FlattenedIndex(
          runs, Arrays.copyOf(pieceStarts, pieces), Arrays.copyOf(pieceRuns, pieces), size);
    }

    private void append(long start, int run) {
      if (pieces > 0 && pieceRuns[pieces - 1] == run) {
        return;
      }
      if (pieces == pieceStarts.length) {
        int larger = pieces + (pieces >> 1);
        pieceStarts = Arrays.copyOf(pieceStarts, larger);
        pieceRuns = Arrays.copyOf(pieceRuns, larger);
      }
      pieceStarts[pieces] = start;
      pieceRuns[pieces] = run;
      pieces++;
    }
  }
}
