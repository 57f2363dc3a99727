package org.vmcore.arch.arm;

import org.vmcore.arch.paging.RadixPageTable.Meaning;

/**
 * Linux's entry of a page that is not present (Linux arch/arm/include/asm/pgtable.h).
 *
 * <pre>
 *   31..8 or 7   6..2                            1..0
 *   offset       number of the swap area         0
 * </pre>
 *
 * The numbers from MAX_SWAPFILES up are markers for pages under migration, lost to a hardware error
 * and the like (include/linux/swap.h): 23 when a kernel is configured for all of them.
 */
final class SwapEntry {
  private static final int FIRST_MARKER = 23;

  private SwapEntry() {}

  static Meaning meaning(long entry) {
    if (entry == 0) {
      return Meaning.Nothing.NOT_MAPPED;
    }
    return (entry >>> 2 & 31) >= FIRST_MARKER
        ? Meaning.Nothing.NOT_PRESENT
        : new Meaning.Swapped(entry);
  }
}
