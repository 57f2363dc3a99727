package org.vmcore.gdbstub.linux.memory;

import java.util.Optional;

/** Goes through a kernel's image as it is in memory, whose pieces and end need not be known. */
public final class ImageWindows {
  /** How much is searched: no kernel is bigger, and it takes about a second. */
  private static final long MAX_IMAGE = 512L << 20;

  /** How much may be unmapped before the image is taken to end. */
  private static final long MAX_HOLE = 16L << 20;

  private static final int WINDOW = 1 << 20;
  private static final int PAGE = 4096;

  private ImageWindows() {}

  /** Looks for something in a piece of memory. */
  @FunctionalInterface
  public interface Finder<T> {
    /**
     * @param address of the first byte
     * @param bytes used again for the next piece
     * @param length of those that count
     */
    Optional<T> in(long address, byte[] bytes, int length);
  }

  /**
   * The first find.
   *
   * @param start where to search from: an address in the kernel's text or before it
   * @param overlap by which one window reaches into the next, as many as a find has bytes
   */
  public static <T> Optional<T> search(
      KernelMemory memory, long start, int overlap, Finder<T> finder) {
    byte[] window = new byte[WINDOW];
    long from = start & -PAGE;
    long hole = 0;
    for (long at = from; at - from < MAX_IMAGE && hole < MAX_HOLE; ) {
      int length = memory.memory().read(memory.truncate(at), window, 0, WINDOW).length();
      Optional<T> found = finder.in(at, window, length);
      if (found.isPresent()) {
        return found;
      }
      hole = length == 0 ? hole + PAGE : 0;
      at = length < WINDOW ? ((at + length) & -PAGE) + PAGE : at + WINDOW - overlap;
    }
    return Optional.empty();
  }

  /**
   * The first find of those below an address, from there downwards.
   *
   * @param start where to search to
   * @param end where to search from: what is above is not looked at
   * @param overlap by which one window reaches into the next, as many as a find has bytes
   */
  public static <T> Optional<T> searchBelow(
      KernelMemory memory, long start, long end, int overlap, Finder<T> finder) {
    byte[] window = new byte[WINDOW + overlap];
    long stop = Math.max(start, end - MAX_IMAGE);
    for (long at = end; at > stop; at -= WINDOW) {
      long from = Math.max(stop, at - WINDOW);
      int wanted = (int) Math.min(window.length, end - from);
      int length = memory.memory().read(memory.truncate(from), window, 0, wanted).length();
      Optional<T> found = finder.in(from, window, length);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }
}
