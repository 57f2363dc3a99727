package org.vmcore.arch.paging;

import org.jspecify.annotations.Nullable;

/**
 * A translation look-aside buffer: what page tables answered lately. Faults are never kept.
 *
 * <p>Safe for use by several threads without locks: the slots are plain references to immutable
 * entries. A thread sees an entry whole or not at all (Java Language Specification 17.5, final
 * fields), an old one is as true as a new one, and two threads that fill one slot both leave a true
 * one there.
 *
 * <p>Pages are taken to be at least 4 KiB and aligned to their size, as those of every architecture
 * that Linux crashes on are.
 */
final class TranslationCache {
  private static final int SMALL_SHIFT = 12;

  /** The second array is indexed by 2 MiB, so that a direct map of huge pages stays in it. */
  private static final int LARGE_SHIFT = 21;

  /** 16 MiB of small pages. */
  private static final int SMALL_SLOTS = 4096;

  /** 2 GiB of huge pages. */
  private static final int LARGE_SLOTS = 1024;

  private final @Nullable Entry[] small = new Entry[SMALL_SLOTS];
  private final @Nullable Entry[] large = new Entry[LARGE_SLOTS];

  /**
   * Part of a page: {@code size} bytes from {@code start} on are at {@code start + delta}. The sum
   * may wrap.
   */
  record Entry(long start, long size, long delta) {
    private boolean holds(long virtualAddress) {
      return Long.compareUnsigned(virtualAddress - start, size) < 0;
    }

    long physicalAddress(long virtualAddress) {
      return virtualAddress + delta;
    }

    /** Bytes from the address to the end of what this entry knows, at least 1. */
    long remaining(long virtualAddress) {
      return size - (virtualAddress - start);
    }
  }

  /** The entry that holds an address, or null when it has to be looked up. */
  @Nullable Entry find(long virtualAddress) {
    Entry entry = small[slot(virtualAddress >>> SMALL_SHIFT, SMALL_SLOTS)];
    if (entry != null && entry.holds(virtualAddress)) {
      return entry;
    }
    entry = large[slot(virtualAddress >>> LARGE_SHIFT, LARGE_SLOTS)];
    return entry != null && entry.holds(virtualAddress) ? entry : null;
  }

  /** Keeps what a page table answered, and returns it as an entry. */
  Entry keep(long virtualAddress, Translation.Mapped mapped, PageTable pageTable) {
    long delta = mapped.physicalAddress() - virtualAddress;
    if (mapped.length() > 1L << SMALL_SHIFT) {
      // The answer tells where the page ends; only its tables tell that it began this early.
      long start = virtualAddress & -(1L << LARGE_SHIFT);
      if (pageTable.translate(start) instanceof Translation.Mapped whole
          && whole.physicalAddress() - start == delta
          && whole.length() == mapped.length() + (virtualAddress - start)) {
        Entry entry = new Entry(start, whole.length(), delta);
        large[slot(virtualAddress >>> LARGE_SHIFT, LARGE_SLOTS)] = entry;
        return entry;
      }
    }
    long start = virtualAddress & -(1L << SMALL_SHIFT);
    Entry entry = new Entry(start, mapped.length() + (virtualAddress - start), delta);
    small[slot(virtualAddress >>> SMALL_SHIFT, SMALL_SLOTS)] = entry;
    return entry;
  }

  /** Mixes in upper bits: kernel regions start at addresses that are alike in their lower ones. */
  private static int slot(long page, int slots) {
    return (int) (page ^ (page >>> 11) ^ (page >>> 22)) & (slots - 1);
  }
}
