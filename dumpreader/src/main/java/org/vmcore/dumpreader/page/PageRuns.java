package org.vmcore.dumpreader.page;

/**
 * Collects memory that a file lists page by page: neighbours in memory and in the file are one
 * piece of {@link FileExtents}, so that its size follows the runs and not the pages.
 */
public final class PageRuns {
  private final FileExtents.Builder extents = new FileExtents.Builder();
  private final long fileSize;
  private final long pageSize;
  private long start;
  private long length;
  private long offset;
  private boolean filtered;
  private long lost;

  /**
   * @param fileSize of the input that offsets are in: what is past it is lost
   */
  public PageRuns(long fileSize, long pageSize) {
    this.fileSize = fileSize;
    this.pageSize = pageSize;
  }

  /** Adds a page whose bytes are, or ought to be, in the file. */
  public void page(long pfn, long fileOffset) {
    add(pfn * pageSize, fileOffset, false);
  }

  /** Adds a page that was left out. */
  public void filteredPage(long pfn) {
    add(pfn * pageSize, 0, true);
  }

  private void add(long address, long fileOffset, boolean leftOut) {
    boolean goesOn =
        length != 0
            && address == start + length
            && leftOut == filtered
            && (leftOut || fileOffset == offset + length);
    if (!goesOn) {
      flush();
      start = address;
      offset = fileOffset;
      filtered = leftOut;
    }
    length += pageSize;
  }

  private void flush() {
    if (filtered) {
      extents.filtered(start, length);
    } else {
      long inFile = Math.min(length, Math.max(0, fileSize - offset));
      extents.present(start, inFile, offset);
      extents.truncated(start + inFile, length - inFile);
      lost += length - inFile;
    }
    length = 0;
  }

  public FileExtents build() {
    flush();
    return extents.build();
  }

  /** Bytes of memory that the file ends before; known when built. */
  public long lost() {
    return lost;
  }
}
