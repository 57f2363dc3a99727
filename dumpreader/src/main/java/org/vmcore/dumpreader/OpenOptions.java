package org.vmcore.dumpreader;

/**
 * What a caller may choose when a dump is opened.
 *
 * @param cacheBytes bound of the page cache in bytes, 0 or more; shared by all readers of the dump
 * @param progress told of work that a person would wait for
 */
public record OpenOptions(long cacheBytes, Progress progress) {
  /** 256 MiB: the direct-mapped working set of a long gdb session, and little for a workstation. */
  public static final long DEFAULT_CACHE_BYTES = 256L << 20;

  public OpenOptions {
    if (cacheBytes < 0) {
      throw new IllegalArgumentException("cacheBytes must not be negative: " + cacheBytes);
    }
  }

  public static OpenOptions defaults() {
    return new OpenOptions(DEFAULT_CACHE_BYTES, Progress.SILENT);
  }
}
