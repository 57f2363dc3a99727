package org.vmcore.arch.x86_64;

import java.util.OptionalLong;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.x86.X86Entry;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * Finds a process's top-level table by its content, for dumps in which the kernel's own is lost:
 * all processes share the kernel half.
 */
final class RootScan {
  /** Pages looked at before giving up: 64 GiB of memory, some minutes of a compressed dump. */
  private static final long MAX_PAGES = 16L << 20;

  /** Below lies the trampoline's table, a copy from when the machine booted. */
  private static final long FIRST_PAGE = 1 << 20;

  private static final int LAST_ENTRY = 511;

  private RootScan() {}

  /**
   * @param image where the kernel image is: entry 511 leads into it
   * @param pageOffset start of the direct map: the entry for it is present
   * @param paging of the table that is looked for
   */
  static OptionalLong find(
      PhysicalMemory physical, LinearMap.Region image, long pageOffset, X86Paging paging) {
    int direct = (int) (pageOffset >>> paging.levels().get(0).shift()) & LAST_ENTRY;
    long page = physical.nextPresent(FIRST_PAGE);
    for (long looked = 0; page != PhysicalMemory.NONE && looked < MAX_PAGES; looked++) {
      page &= -X86Entry.SMALL_PAGE;
      long last = PageOffset.entry(physical, page, LAST_ENTRY);
      long target = paging.address(last) - image.physicalStart();
      if (isTable(last)
          && Long.compareUnsigned(target, image.size()) < 0
          && isTable(PageOffset.entry(physical, page, direct))) {
        return OptionalLong.of(page);
      }
      page = physical.nextPresent(page + X86Entry.SMALL_PAGE);
    }
    return OptionalLong.empty();
  }

  /** Linux keeps accessed and dirty set in such entries ({@code _KERNPG_TABLE}). */
  private static boolean isTable(long entry) {
    long set = X86Entry.PRESENT | X86Entry.RW | X86Entry.ACCESSED | X86Entry.DIRTY;
    return (entry & (set | X86Entry.PSE | X86Entry.NX)) == set;
  }
}
