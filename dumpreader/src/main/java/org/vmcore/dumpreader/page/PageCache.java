package org.vmcore.dumpreader.page;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Decompressed pages of one dump, bounded in bytes and shared by all readers.
 *
 * <p>Set-associative, as a processor's cache is: a page number selects a set, whose few ways are
 * searched one by one. All pages of a dump have one size, so counting slots is counting bytes. A
 * hit takes no lock and allocates nothing, which is what hot 8-byte reads of page tables need:
 * Caffeine 3.2.3 took twice as long over 500 hot pages and four to eight times over 50,000. In a
 * full set the way goes whose page was not asked for since the set's hand last passed (the CLOCK
 * policy).
 */
public final class PageCache {
  private static final int WAYS = 8;
  private static final int LOCKS = 256;

  /** 2^64 divided by the golden ratio: spreads neighbouring page numbers over the sets. */
  private static final long SPREAD = 0x9e3779b97f4a7c15L;

  /** Makes the bytes of a page that is not in the cache. */
  @FunctionalInterface
  public interface Loader {
    byte[] load(long page) throws PageUnreadableException;
  }

  private static final class Entry {
    final long page;
    final byte[] bytes;

    /** Asked for since the hand passed. Races lose a hint, nothing else. */
    boolean used;

    Entry(long page, byte[] bytes) {
      this.page = page;
      this.bytes = bytes;
    }
  }

  private final int sets;
  private final int ways;
  private final AtomicReferenceArray<Entry> slots;

  /** {@code page + 1} of each slot: searched first, because it lies in one cache line per set. */
  private final long[] tags;

  private final byte[] hands;
  private final Object[] locks;

  /**
   * @param bytes bound of all cached pages together; less than one page turns the cache off
   * @param pageSize bytes in a page, a power of two
   */
  public PageCache(long bytes, int pageSize) {
    int capacity = (int) Math.min(bytes / pageSize, 1 << 28);
    sets = Integer.highestOneBit(Math.max(1, capacity / WAYS));
    ways = Math.min(capacity / sets, 2 * WAYS);
    slots = new AtomicReferenceArray<>(sets * ways);
    tags = new long[sets * ways];
    hands = new byte[sets];
    locks = new Object[Math.min(sets, LOCKS)];
    for (int i = 0; i < locks.length; i++) {
      locks[i] = new Object();
    }
  }

  /** The page if it is here, else null. Callers must not change the bytes. */
  public byte @Nullable [] lookUp(long page) {
    Entry entry = find(setOf(page), page);
    if (entry == null) {
      return null;
    }
    if (!entry.used) {
      entry.used = true;
    }
    return entry.bytes;
  }

  /**
   * The page, loaded if it is not here. Threads that want the same page at once load it once.
   * Callers must not change the bytes.
   */
  public byte[] get(long page, Loader loader) throws PageUnreadableException {
    if (ways == 0) {
      return loader.load(page);
    }
    int set = setOf(page);
    synchronized (locks[set & (locks.length - 1)]) {
      Entry entry = find(set, page);
      if (entry == null) {
        entry = new Entry(page, loader.load(page));
        insert(set, entry);
      }
      return entry.bytes;
    }
  }

  private int setOf(long page) {
    return (int) ((page * SPREAD) >>> 32) & (sets - 1);
  }

  private @Nullable Entry find(int set, long page) {
    int first = set * ways;
    for (int slot = first; slot < first + ways; slot++) {
      if (tags[slot] == page + 1) {
        // The tag is a hint that another thread may be changing; the entry tells the truth.
        Entry entry = slots.get(slot);
        if (entry != null && entry.page == page) {
          return entry;
        }
      }
    }
    return null;
  }

  private void insert(int set, Entry entry) {
    int first = set * ways;
    int hand = hands[set];
    // One round at most: by then the first way has lost its mark, or readers put it back.
    for (int i = 0; i < ways; i++) {
      Entry old = slots.get(first + hand);
      if (old == null || !old.used) {
        break;
      }
      old.used = false;
      hand = (hand + 1) % ways;
    }
    slots.set(first + hand, entry);
    tags[first + hand] = entry.page + 1;
    hands[set] = (byte) ((hand + 1) % ways);
  }
}
