package org.vmcore.arch.s390x;

import org.vmcore.arch.paging.FlagNames;

/**
 * The bits of an address-space-control element (ASCE) and of table entries (z/Architecture
 * Principles of Operation, SA22-7832, chapter 3, "Dynamic Address Translation"; what software keeps
 * in them: Linux arch/s390/include/asm/pgtable.h).
 *
 * <pre>
 *   63.............12   11..9    8   7 6   5   4  3 2  1 0
 *   table origin        ......   P   S X   R      DT   TL     ASCE
 *   table origin        ..P      NX  TF    I      TT   TL     region, first to third
 *   page-table origin(11)  P     NX        I   C  TT   SW     segment
 *   frame address       0IP      NX  SW......................  page
 * </pre>
 *
 * <p>FC (bit 10) of a region-third or segment entry makes it map a frame of 2 GiB or 1 MiB.
 */
final class S390Entry {
  /** Table origin, or the frame's address in a page-table entry. */
  static final long ORIGIN = ~0xfffL;

  /** R of an ASCE: virtual addresses are real ones. */
  static final long REAL_SPACE = 0x20;

  /** DT of an ASCE, TT of an entry: 3 is region-first, 0 is segment. */
  static final long TYPE = 0xc;

  static final int TYPE_SHIFT = 2;

  /** TL: the last quarter that the table has. */
  static final long LENGTH = 0x3;

  /** TF: the first quarter that the next table has. */
  static final long OFFSET = 0xc0;

  static final int OFFSET_SHIFT = 6;

  /** P: stores are an exception. */
  static final long PROTECT = 0x200;

  static final long NOEXEC = 0x100;

  /** I of a region or segment entry. */
  static final long INVALID = 0x20;

  /** C: a common segment or region; Linux marks entries that stand for swapped pages by it. */
  static final long COMMON = 0x10;

  /** FC: the entry maps a large frame (enhanced DAT 1 and 2). */
  static final long LARGE = 0x400;

  /** {@code _SEGMENT_ENTRY_PRESENT}, {@code _REGION3_ENTRY_PRESENT}: newer kernels set it. */
  static final long LARGE_PRESENT = 0x1;

  static final long LARGE_DIRTY = 0x2000;
  static final long LARGE_YOUNG = 0x1000;

  /** A segment entry's page table has 2 KiB. */
  static final long PAGE_TABLE_ORIGIN = ~0x7ffL;

  /** I of a page-table entry. */
  static final long PAGE_INVALID = 0x400;

  /** Must be zero in a page-table entry that is valid. */
  static final long PAGE_RESERVED = 0x800;

  /** What Linux writes into a page-table entry that maps nothing. */
  static final long PAGE_EMPTY = PAGE_INVALID;

  /** {@code _PAGE_PRESENT}: Linux counts the page in, whatever the hardware bits say. */
  static final long PAGE_PRESENT = 0x1;

  private static final long PAGE_YOUNG = 0x4;
  private static final long PAGE_DIRTY = 0x8;
  private static final long PAGE_READ = 0x10;
  private static final long PAGE_WRITE = 0x20;
  private static final long PAGE_SPECIAL = 0x40;
  private static final long PAGE_UNUSED = 0x80;

  private static final int SWAP_TYPE_SHIFT = 2;
  private static final long SWAP_TYPE = 0x1f;

  /**
   * The lowest swap type that may be a marker: {@code MAX_SWAPFILES} when a kernel is configured
   * for all of them (Linux include/linux/swap.h).
   */
  private static final int FIRST_MARKER = 23;

  private S390Entry() {}

  /** Whether a page-table entry that is not present names a place in swap ({@code pte_swap}). */
  static boolean isSwap(long entry) {
    return (entry & (PROTECT | PAGE_PRESENT)) == PROTECT
        && (entry >>> SWAP_TYPE_SHIFT & SWAP_TYPE) < FIRST_MARKER;
  }

  /** The names of the flags that are set in an entry of a page table. */
  static String pageFlags(long entry) {
    return new FlagNames(entry)
        .add(PAGE_PRESENT, "PRESENT")
        .add(PAGE_INVALID, "INVALID")
        .add(PROTECT, "PROTECT")
        .add(NOEXEC, "NOEXEC")
        .add(PAGE_YOUNG, "YOUNG")
        .add(PAGE_DIRTY, "DIRTY")
        .add(PAGE_READ, "READ")
        .add(PAGE_WRITE, "WRITE")
        .add(PAGE_SPECIAL, "SPECIAL")
        .add(PAGE_UNUSED, "UNUSED")
        .toString();
  }

  /**
   * The names of the flags that are set in a region or segment entry. Linux has moved the READ and
   * WRITE of large frames about, so they are not named.
   */
  static String tableFlags(long entry, boolean region, boolean large) {
    boolean table = region && !large;
    return new FlagNames(entry)
        .add(INVALID, "INVALID")
        .add(PROTECT, "PROTECT")
        .add(NOEXEC, "NOEXEC")
        .add(COMMON, "COMMON")
        .add(large, "LARGE")
        .add(large && (entry & LARGE_YOUNG) != 0, "YOUNG")
        .add(large && (entry & LARGE_DIRTY) != 0, "DIRTY")
        .add(table, "TF=%d".formatted((entry & OFFSET) >>> OFFSET_SHIFT))
        .add(table, "TL=%d".formatted(entry & LENGTH))
        .toString();
  }
}
