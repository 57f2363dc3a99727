package org.vmcore.arch.ppc64;

import java.util.List;
import org.vmcore.arch.paging.FlagNames;

/**
 * The bits of page-table entries (Power ISA 3.0B, Book III, 5.7.10.2, whose format Linux has for
 * its own tables with the hash MMU too: arch/powerpc/include/asm/book3s/64/pgtable.h). They are
 * big-endian in memory, whatever the kernel is.
 *
 * <pre>
 *    63  62  61  60..56        55.....................12    11..9  8 7 6  5..4  3210
 *    V   L   SW  SW (pkeys)    real page number             SW     R C SW ATT   privileged, R W X
 *    V   0       next table's address (59..8)         7..5 reserved   next table's size, 4..0
 * </pre>
 */
final class PpcEntry {
  /** V, {@code _PAGE_PRESENT}. */
  static final long PRESENT = 1L << 63;

  /** L, {@code _PAGE_PTE}: tells an entry that maps a page from one that points at a table. */
  static final long PTE = 1L << 62;

  /** {@code _PAGE_INVALID}: of an entry that is not present, a page that is in use all the same. */
  static final long INVALID = 1L << 61;

  static final long ACCESSED = 0x100;
  static final long DIRTY = 0x80;

  /** {@code PTE_RPN_MASK}: Linux has other uses for the bits above {@code _PAGE_PA_MAX}, 53. */
  static final long PAGE_NUMBER = 0x001f_ffff_ffff_f000L;

  /** Where Linux keeps what it knows of a page's entry in the hash table: 56 to 53. */
  static final long HASH_SLOT = 0x01e0_0000_0000_0000L;

  /** What {@code PMD_MASKED_BITS} leaves. */
  static final long TABLE = 0x3fff_ffff_ffff_ff00L;

  /** NLS, next level size: the bits of the next table's index. Linux's own tables have none. */
  static final long NEXT_SIZE = 0x1f;

  /** {@code RADIX_PMD_BAD_BITS} less L. */
  static final long TABLE_RESERVED = 0x2000_0000_0000_00e0L;

  private static final long SOFT_DIRTY = 0x200;
  private static final long SPECIAL = 0x400;
  private static final long DEVMAP = 0x800;
  private static final long ATTRIBUTE = 0x30;
  private static final int ATTRIBUTE_SHIFT = 4;
  private static final List<String> ATTRIBUTES = List.of("", "SAO", "NON_IDEMPOTENT", "TOLERANT");
  private static final long PRIVILEGED = 0x8;
  private static final long READ = 0x4;
  private static final long WRITE = 0x2;
  private static final long EXEC = 0x1;

  /** {@code _PAGE_BIT_SWAP_TYPE} is 0. */
  private static final long SWAP_TYPE = 0x1f;

  /**
   * The lowest swap type that may be a marker: {@code MAX_SWAPFILES} when a kernel is configured
   * for all of them (Linux include/linux/swap.h).
   */
  private static final int FIRST_MARKER = 23;

  private PpcEntry() {}

  /** Whether an entry that is neither present nor empty names a place in swap. */
  static boolean isSwap(long entry) {
    return (entry & SWAP_TYPE) < FIRST_MARKER;
  }

  /** The names of the flags that are set in an entry that maps a page or names a swap place. */
  static String pageFlags(long entry) {
    String attribute = ATTRIBUTES.get((int) ((entry & ATTRIBUTE) >>> ATTRIBUTE_SHIFT));
    return new FlagNames(entry)
        .add(PRESENT, "PRESENT")
        .add(PTE, "PTE")
        .add((entry & (PRESENT | INVALID)) == INVALID, "INVALID")
        .add(DEVMAP, "DEVMAP")
        .add(SPECIAL, "SPECIAL")
        .add(SOFT_DIRTY, "SOFT_DIRTY")
        .add(ACCESSED, "ACCESSED")
        .add(DIRTY, "DIRTY")
        .add(!attribute.isEmpty(), attribute)
        .add(PRIVILEGED, "PRIVILEGED")
        .add(READ, "READ")
        .add(WRITE, "WRITE")
        .add(EXEC, "EXEC")
        .toString();
  }

  /** The same of an entry that points at a table. */
  static String tableFlags(long entry) {
    return new FlagNames(entry)
        .add(PRESENT, "PRESENT")
        .add(NEXT_SIZE, "NLS=%d".formatted(entry & NEXT_SIZE))
        .toString();
  }
}
