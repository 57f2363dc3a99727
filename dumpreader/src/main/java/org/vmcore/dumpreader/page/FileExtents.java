package org.vmcore.dumpreader.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;

/**
 * Which bytes of a file are which physical memory: ascending extents without overlap in flat
 * arrays, searched by halving. Ends are kept as last addresses, so memory up to the top of the
 * address space needs no special case.
 */
public final class FileExtents {
  /** In place of a file offset: why there are no bytes. */
  private static final long TRUNCATED = -1;

  private static final long FILTERED = -2;

  private final int size;
  private final long[] starts;
  private final long[] lasts;

  /** File offset of the first byte, {@link #TRUNCATED} or {@link #FILTERED}. */
  private final long[] offsets;

  private FileExtents(int size, long[] starts, long[] lasts, long[] offsets) {
    this.size = size;
    this.starts = Arrays.copyOf(starts, size);
    this.lasts = Arrays.copyOf(lasts, size);
    this.offsets = Arrays.copyOf(offsets, size);
  }

  public int size() {
    return size;
  }

  public long start(int index) {
    return starts[index];
  }

  public long last(int index) {
    return lasts[index];
  }

  public Presence presence(int index) {
    if (offsets[index] >= 0) {
      return Presence.PRESENT;
    }
    return offsets[index] == TRUNCATED ? Presence.TRUNCATED : Presence.FILTERED;
  }

  /** Where a byte of a present extent is in the file. */
  public long fileOffset(int index, long physicalAddress) {
    return offsets[index] + (physicalAddress - starts[index]);
  }

  /** The first extent that ends at or after an address; {@link #size} when there is none. */
  public int atOrAfter(long physicalAddress) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(lasts[middle], physicalAddress) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** A piece of memory as a file's headers give it; pieces may overlap. */
  private record Piece(long start, long last, long offset, int order) {
    /** In the file before TRUNCATED before FILTERED, then the order of the headers. */
    private static final Comparator<Piece> BEST_FIRST =
        Comparator.comparingLong((Piece piece) -> Math.max(0, -piece.offset))
            .thenComparingInt(Piece::order);
  }

  /**
   * Collects pieces in the order of the headers. Where they overlap, bytes that are in the file win
   * over bytes that are not, and among equals the earlier header: a kdump has the kernel image
   * twice, and makedumpfile or a cut may have taken only one of them.
   */
  public static final class Builder {
    private final List<Piece> pieces = new ArrayList<>();
    private int size;
    private long[] starts = new long[16];
    private long[] lasts = new long[16];
    private long[] offsets = new long[16];

    /** Adds memory whose bytes are in the file; {@code length} 0 adds nothing. */
    public void present(long start, long length, long fileOffset) {
      add(start, length, fileOffset);
    }

    /** Adds memory that the file ends before; {@code length} 0 adds nothing. */
    public void truncated(long start, long length) {
      add(start, length, TRUNCATED);
    }

    /** Adds memory that was left out of the file; {@code length} 0 adds nothing. */
    public void filtered(long start, long length) {
      add(start, length, FILTERED);
    }

    private void add(long start, long length, long offset) {
      if (length != 0) {
        pieces.add(new Piece(start, start + (length - 1), offset, pieces.size()));
      }
    }

    /** Sweeps over the address space once, with the pieces at hand ordered best first. */
    public FileExtents build() {
      pieces.sort((a, b) -> Long.compareUnsigned(a.start, b.start));
      PriorityQueue<Piece> atHand = new PriorityQueue<>(Piece.BEST_FIRST);
      int next = 0;
      long at = 0;
      while (next < pieces.size() || !atHand.isEmpty()) {
        if (atHand.isEmpty()) {
          at = pieces.get(next).start;
        }
        while (next < pieces.size() && pieces.get(next).start == at) {
          atHand.add(pieces.get(next++));
        }
        Piece best = atHand.element();
        if (Long.compareUnsigned(best.last, at) < 0) {
          atHand.remove();
          continue;
        }
        long last = best.last;
        if (next < pieces.size() && Long.compareUnsigned(pieces.get(next).start, last) <= 0) {
          last = pieces.get(next).start - 1;
        }
        append(at, last, best.offset < 0 ? best.offset : best.offset + (at - best.start));
        if (last == -1) {
          break;
        }
        at = last + 1;
      }
      return new FileExtents(size, starts, lasts, offsets);
    }

    private void append(long start, long last, long offset) {
      if (size > 0 && lasts[size - 1] + 1 == start && continues(size - 1, start, offset)) {
        lasts[size - 1] = last;
        return;
      }
      if (size == starts.length) {
        int larger = size + (size >> 1);
        starts = Arrays.copyOf(starts, larger);
        lasts = Arrays.copyOf(lasts, larger);
        offsets = Arrays.copyOf(offsets, larger);
      }
      starts[size] = start;
      lasts[size] = last;
      offsets[size] = offset;
      size++;
    }

    private boolean continues(int index, long start, long offset) {
      return offsets[index] < 0
          ? offset == offsets[index]
          : offset == offsets[index] + (start - starts[index]);
    }
  }
}
