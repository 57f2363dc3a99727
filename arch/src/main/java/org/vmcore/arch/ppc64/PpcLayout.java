package org.vmcore.arch.ppc64;

/**
 * How an address is cut into indices.
 *
 * <pre>
 *                 pgd  pud  pmd  pte  in page
 *   radix 64 KiB   13    9    9    5    16     arch/powerpc/include/asm/book3s/64/radix-64k.h
 *   radix  4 KiB   13    9    9    9    12     radix-4k.h
 *   hash  64 KiB    8   10   10    8    16     hash-64k.h, since Linux 4.17
 *   hash   4 KiB    9    9    7    9    12     hash-4k.h
 * </pre>
 *
 * @param radix whether the hardware walks the tables; each entry then has the size of the next
 *     table. With the hash MMU they are Linux's alone, and the kernel's map of all memory is in
 *     none
 * @param pageShift 12 or 16
 * @param pgd bits of the index into the top-level table, {@code __pgd_index_size}
 */
record PpcLayout(boolean radix, int pageShift, int pgd, int pud, int pmd, int pte) {
  static final int SMALL_PAGE_SHIFT = 12;
  static final int LARGE_PAGE_SHIFT = 16;

  private static final int MAX_INDEX_BITS = 16;
  private static final int MAX_ADDRESS_BITS = 60;

  /** Above it the kernel has what is not its map of all memory (hash-64k.h, hash-4k.h). */
  private static final long VIRTUAL_START_64K = 0xc008_0000_0000_0000L;

  private static final long VIRTUAL_START_4K = 0xc000_1000_0000_0000L;

  static PpcLayout usual(boolean radix, int pageShift) {
    boolean large = pageShift == LARGE_PAGE_SHIFT;
    if (radix) {
      return new PpcLayout(true, pageShift, 13, 9, 9, large ? 5 : 9);
    }
    return large
        ? new PpcLayout(false, pageShift, 8, 10, 10, 8)
        : new PpcLayout(false, pageShift, 9, 9, 7, 9);
  }

  /** Whether these can be index sizes; those of a kernel that died early are all 0. */
  boolean isPlausible() {
    return isIndex(pgd)
        && isIndex(pud)
        && isIndex(pmd)
        && isIndex(pte)
        && addressBits() <= MAX_ADDRESS_BITS;
  }

  private static boolean isIndex(int bits) {
    return bits > 0 && bits <= MAX_INDEX_BITS;
  }

  int addressBits() {
    return pgd + pud + pmd + pte + pageShift;
  }

  /**
   * @param level 3 for the PGD to 0 for the PTE
   */
  int indexBits(int level) {
    return switch (level) {
      case 3 -> pgd;
      case 2 -> pud;
      case 1 -> pmd;
      default -> pte;
    };
  }

  long virtualStart() {
    return pageShift == LARGE_PAGE_SHIFT ? VIRTUAL_START_64K : VIRTUAL_START_4K;
  }

  String describe() {
    return "%d/%d/%d/%d bits, %d KiB pages".formatted(pgd, pud, pmd, pte, 1 << (pageShift - 10));
  }
}
