package org.vmcore.dumpreader.page;

/**
 * A set of pages with a rank directory: how many members lie below a page is found in constant
 * time, and the next member in logarithmic time, however large the machine was.
 *
 * <p>Memory: one bit per page, and one long per 512 pages.
 */
public final class PageBitmap {
  /** Words under one entry of the directory: at most eight popcounts per rank. */
  private static final int WORDS_PER_BLOCK = 8;

  private final long[] words;
  private final long pages;

  /** Members below each block of {@link #WORDS_PER_BLOCK} words, and in the end all members. */
  private final long[] ranks;

  /**
   * @param words page {@code n} is bit {@code n % 64} of word {@code n / 64}; not changed any more
   * @param pages bits in use, from 0 on; those above are ignored
   */
  public PageBitmap(long[] words, long pages) {
    if (words.length != words(pages)) {
      throw new IllegalArgumentException(words.length + " words for " + pages + " pages");
    }
    this.words = words;
    this.pages = pages;
    if (pages % Long.SIZE != 0) {
      words[words.length - 1] &= -1L >>> (Long.SIZE - pages % Long.SIZE);
    }
    int blocks = (words.length + WORDS_PER_BLOCK - 1) / WORDS_PER_BLOCK;
    ranks = new long[blocks + 1];
    long rank = 0;
    for (int word = 0; word < words.length; word++) {
      if (word % WORDS_PER_BLOCK == 0) {
        ranks[word / WORDS_PER_BLOCK] = rank;
      }
      rank += Long.bitCount(words[word]);
    }
    ranks[blocks] = rank;
  }

  /** Longs that a bitmap of {@code pages} needs. */
  public static long words(long pages) {
    return (pages + Long.SIZE - 1) / Long.SIZE;
  }

  /** Bytes of memory that a bitmap of {@code pages} takes with its directory. */
  public static long memory(long pages) {
    long words = words(pages);
    return (words + words / WORDS_PER_BLOCK + 1) * Long.BYTES;
  }

  /** Page numbers run from 0 to this, exclusive. */
  public long pages() {
    return pages;
  }

  /** How many pages are members. */
  public long count() {
    return ranks[ranks.length - 1];
  }

  public boolean contains(long page) {
    return page >= 0
        && page < pages
        && (words[(int) (page / Long.SIZE)] >>> (page % Long.SIZE) & 1) != 0;
  }

  /** How many members are below {@code page}, which must be less than {@link #pages()}. */
  public long rank(long page) {
    int word = (int) (page / Long.SIZE);
    int block = word / WORDS_PER_BLOCK;
    long rank = ranks[block];
    for (int i = block * WORDS_PER_BLOCK; i < word; i++) {
      rank += Long.bitCount(words[i]);
    }
    return rank + Long.bitCount(words[word] & ~(-1L << (page % Long.SIZE)));
  }

  /** The lowest member at or above {@code page}, or {@link #pages()}. */
  public long next(long page) {
    if (page >= pages) {
      return pages;
    }
    int word = (int) (page / Long.SIZE);
    long bits = words[word] & (-1L << (page % Long.SIZE));
    int nextBlock = word / WORDS_PER_BLOCK + 1;
    int blockEnd = Math.min(words.length, nextBlock * WORDS_PER_BLOCK);
    while (bits == 0 && ++word < blockEnd) {
      bits = words[word];
    }
    if (bits == 0) {
      word = firstWordOfMembersFrom(nextBlock);
      if (word >= words.length) {
        return pages;
      }
      while ((bits = words[word]) == 0) {
        word++;
      }
    }
    return (long) word * Long.SIZE + Long.numberOfTrailingZeros(bits);
  }

  /** First word of the first block at or after {@code from} that has members, or past the end. */
  private int firstWordOfMembersFrom(int from) {
    int blocks = ranks.length - 1;
    if (from >= blocks || ranks[from] == ranks[blocks]) {
      return words.length;
    }
    long below = ranks[from];
    int low = from;
    int high = blocks - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ranks[middle + 1] > below) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low * WORDS_PER_BLOCK;
  }

  /** How many members follow each other from {@code page} on, counted up to {@code limit}. */
  public int run(long page, int limit) {
    long at = page;
    long end = Math.min(pages, page + limit);
    while (at < end) {
      long gaps = ~words[(int) (at / Long.SIZE)] & (-1L << (at % Long.SIZE));
      long wordStart = at - at % Long.SIZE;
      if (gaps != 0) {
        at = Math.max(at, wordStart + Long.numberOfTrailingZeros(gaps));
        break;
      }
      at = wordStart + Long.SIZE;
    }
    return (int) (Math.min(at, end) - page);
  }

  /** 64 pages from a multiple of 64 on, the lowest in bit 0. */
  public long word(int index) {
    return words[index];
  }
}
