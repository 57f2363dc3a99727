package org.vmcore.dumpreader.format.lkcd;

import java.util.Arrays;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.UnsupportedDumpException;

/** Where each page of an LKCD dump is: ascending page numbers, and the offsets of their headers. */
final class LkcdIndex {
  private final long[] pages;
  private final long[] offsets;

  private LkcdIndex(long[] pages, long[] offsets) {
    this.pages = pages;
    this.offsets = offsets;
  }

  int size() {
    return pages.length;
  }

  long page(int index) {
    return pages[index];
  }

  long offset(int index) {
    return offsets[index];
  }

  /** The first entry whose page number is that or higher, unsigned; {@link #size} for none. */
  int atOrAfter(long page) {
    // Page numbers are addresses shifted right: never negative.
    int found = Arrays.binarySearch(pages, page);
    return found >= 0 ? found : -found - 1;
  }

  /** Collects pages in the order of the file. */
  static final class Builder {
    private final DumpInput input;
    private final int pageShift;
    private long[] pages = new long[1024];
    private long[] offsets = new long[1024];
    private int size;
    private boolean sorted = true;

    Builder(DumpInput input, int pageSize) {
      this.input = input;
      this.pageShift = Integer.numberOfTrailingZeros(pageSize);
    }

    /**
     * @throws UnsupportedDumpException when the index would fill the JVM's memory
     */
    void add(long address, long offset) throws UnsupportedDumpException {
      if (size == pages.length) {
        if (size * 64L > Runtime.getRuntime().maxMemory()) {
          throw new UnsupportedDumpException(
              input,
              "the index of more than %d pages needs more memory".formatted(size),
              "give the JVM more (-Xmx)");
        }
        pages = Arrays.copyOf(pages, size + (size >> 1));
        offsets = Arrays.copyOf(offsets, pages.length);
      }
      long page = address >>> pageShift;
      sorted &= size == 0 || pages[size - 1] < page;
      pages[size] = page;
      offsets[size++] = offset;
    }

    LkcdIndex build() {
      long[] sortedPages = Arrays.copyOf(pages, size);
      long[] sortedOffsets = Arrays.copyOf(offsets, size);
      if (!sorted) {
        size = sort(sortedPages, sortedOffsets);
      }
      return new LkcdIndex(Arrays.copyOf(sortedPages, size), Arrays.copyOf(sortedOffsets, size));
    }

    /** Sorts both by page, the first in the file winning; returns how many are left. */
    private static int sort(long[] pages, long[] offsets) {
      Integer[] order = new Integer[pages.length];
      Arrays.setAll(order, i -> i);
      long[] before = pages.clone();
      long[] offsetsBefore = offsets.clone();
      Arrays.sort(order, (a, b) -> Long.compare(before[a], before[b]));
      int size = 0;
      for (int from : order) {
        if (size == 0 || pages[size - 1] != before[from]) {
          pages[size] = before[from];
          offsets[size++] = offsetsBefore[from];
        }
      }
      return size;
    }
  }
}
