package org.vmcore.dumpreader.page;

import org.jspecify.annotations.Nullable;

/**
 * A set of pages with a rank directory: how many members lie below a page is found in constant
 * time, and the next member in logarithmic time, however large the machine was.
 *
 * <p>Memory: for each {@value #CHUNK_PAGES} pages a dozen bytes, and 4 KiB more where one of them
 * is a member. A filtered dump of a machine of many terabytes has members in few places.
 */
public final class PageBitmap {
  /** Words of a chunk, which takes no memory while it has no members. */
  public static final int CHUNK_WORDS = 512;

  private static final int CHUNK_PAGES = CHUNK_WORDS * Long.SIZE;

  /** 512 TiB in pages of 4 KiB: some times what the largest machines have; more is damage. */
  public static final long MAX_PAGES = 1L << 37;

  /** Words under one entry of a chunk's directory: at most eight popcounts per rank. */
  private static final int WORDS_PER_BLOCK = 8;

  private final @Nullable Chunk[] chunks;
  private final long pages;

  /** Members below each chunk, and in the end all members. */
  private final long[] ranks;

  /** 512 words with members, and how many of them lie below each block of eight. */
  private static final class Chunk {
    private final long[] words;
    private final char[] ranks = new char[CHUNK_WORDS / WORDS_PER_BLOCK];
    private final int count;

    Chunk(long[] words) {
      this.words = words;
      int rank = 0;
      for (int word = 0; word < CHUNK_WORDS; word++) {
        if (word % WORDS_PER_BLOCK == 0) {
          ranks[word / WORDS_PER_BLOCK] = (char) rank;
        }
        rank += Long.bitCount(words[word]);
      }
      this.count = rank;
    }

    int rank(int page) {
      int word = page / Long.SIZE;
      int block = word / WORDS_PER_BLOCK;
      int rank = ranks[block];
      for (int i = block * WORDS_PER_BLOCK; i < word; i++) {
        rank += Long.bitCount(words[i]);
      }
      return rank + Long.bitCount(words[word] & ~(-1L << (page % Long.SIZE)));
    }

    /** The lowest member at or above {@code page}, or {@link #CHUNK_PAGES}. */
    int next(int page) {
      int word = page / Long.SIZE;
      long bits = words[word] & (-1L << (page % Long.SIZE));
      while (bits == 0 && ++word < CHUNK_WORDS) {
        bits = words[word];
      }
      return bits == 0 ? CHUNK_PAGES : word * Long.SIZE + Long.numberOfTrailingZeros(bits);
    }
  }

  /** Gathers members in any order. */
  public static final class Builder {
    private final long pages;
    private final long @Nullable [][] chunks;

    /**
     * @param pages page numbers run from 0 to this, exclusive; at most {@link #MAX_PAGES}
     */
    public Builder(long pages) {
      this.pages = pages;
      this.chunks = new long[Math.toIntExact((pages + CHUNK_PAGES - 1) / CHUNK_PAGES)][];
    }

    /** Adds one page. */
    public void add(long page) {
      words((int) (page / CHUNK_PAGES))[(int) (page % CHUNK_PAGES / Long.SIZE)] |=
          1L << (page % Long.SIZE);
    }

    private long[] words(int chunk) {
      long[] words = chunks[chunk];
      if (words == null) {
        words = new long[CHUNK_WORDS];
        chunks[chunk] = words;
      }
      return words;
    }

    /**
     * Sets {@value #CHUNK_PAGES} pages at once.
     *
     * @param chunk which, from 0 on
     * @param words the lowest page in bit 0 of the first; not changed any more; bits past the last
     *     page are 0
     */
    public void chunk(int chunk, long[] words) {
      chunks[chunk] = words;
    }

    /** The builder is not used any more then. */
    public PageBitmap build() {
      return new PageBitmap(chunks, pages);
    }
  }

  private PageBitmap(long @Nullable [][] words, long pages) {
    this.pages = pages;
    this.chunks = new Chunk[words.length];
    this.ranks = new long[words.length + 1];
    long rank = 0;
    for (int i = 0; i < words.length; i++) {
      ranks[i] = rank;
      if (words[i] != null) {
        Chunk chunk = new Chunk(words[i]);
        chunks[i] = chunk;
        rank += chunk.count;
      }
    }
    ranks[words.length] = rank;
  }

  /** Chunks of a bitmap of so many pages. */
  public static long chunks(long pages) {
    return (pages + CHUNK_PAGES - 1) / CHUNK_PAGES;
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
    if (page < 0 || page >= pages) {
      return false;
    }
    Chunk chunk = chunks[(int) (page / CHUNK_PAGES)];
    return chunk != null
        && (chunk.words[(int) (page % CHUNK_PAGES) / Long.SIZE] >>> (page % Long.SIZE) & 1) != 0;
  }

  /** How many members are below {@code page}, which must be less than {@link #pages()}. */
  public long rank(long page) {
    int at = (int) (page / CHUNK_PAGES);
    Chunk chunk = chunks[at];
    return ranks[at] + (chunk == null ? 0 : chunk.rank((int) (page % CHUNK_PAGES)));
  }

  /** The lowest member at or above {@code page}, or {@link #pages()}. */
  public long next(long page) {
    if (page >= pages) {
      return pages;
    }
    int at = (int) (page / CHUNK_PAGES);
    Chunk chunk = chunks[at];
    int next = chunk == null ? CHUNK_PAGES : chunk.next((int) (page % CHUNK_PAGES));
    if (next == CHUNK_PAGES) {
      at = firstWithMembersFrom(at + 1);
      chunk = at < chunks.length ? chunks[at] : null;
      if (chunk == null) {
        return pages;
      }
      next = chunk.next(0);
    }
    return (long) at * CHUNK_PAGES + next;
  }

  /** The first chunk at or after {@code from} that has members, or past the end. */
  private int firstWithMembersFrom(int from) {
    if (from >= chunks.length || ranks[from] == count()) {
      return chunks.length;
    }
    long below = ranks[from];
    int low = from;
    int high = chunks.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ranks[middle + 1] > below) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** How many members follow each other from {@code page} on, counted up to {@code limit}. */
  public int run(long page, int limit) {
    long at = page;
    long end = Math.min(pages, page + limit);
    while (at < end) {
      long gaps = ~word(at / Long.SIZE) & (-1L << (at % Long.SIZE));
      long wordStart = at - at % Long.SIZE;
      if (gaps != 0) {
        at = Math.max(at, wordStart + Long.numberOfTrailingZeros(gaps));
        break;
      }
      at = wordStart + Long.SIZE;
    }
    return (int) (Math.min(at, end) - page);
  }

  /** 64 pages from a multiple of 64 on, the lowest in bit 0; 0 past the last page. */
  public long word(long index) {
    long at = index / CHUNK_WORDS;
    Chunk chunk = at < chunks.length ? chunks[(int) at] : null;
    return chunk == null ? 0 : chunk.words[(int) (index % CHUNK_WORDS)];
  }

  /** Whether a chunk of {@value #CHUNK_PAGES} pages has no member. */
  public boolean isEmpty(int chunk) {
    return chunks[chunk] == null;
  }
}
