package org.vmcore.remote;

/**
 * How much to fetch around a block that is missing. Dumps have together what is used together: the
 * kernel's image, its page tables, the descriptors of pages. It begins small, for those who want a
 * header only, and grows with the number of requests, for whom each waits.
 */
final class Vicinity {
  /** Fewer blocks than this are not left out between two pieces. */
  static final int CRUMB = 4;

  private static final int LEAST = 4;
  private static final int MOST = 16;

  /** Requests after which the piece is twice as large. */
  private static final int PATIENCE = 2;

  private int blocks = LEAST;
  private int requests;

  /** Blocks to fetch now, the missing one among them. Not safe for several threads. */
  int next() {
    int now = blocks;
    requests++;
    if (requests % PATIENCE == 0) {
      blocks = Math.min(MOST, blocks * 2);
    }
    return now;
  }
}
