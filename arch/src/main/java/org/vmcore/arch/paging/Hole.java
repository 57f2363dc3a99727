package org.vmcore.arch.paging;

/**
 * How far memory that is not there reaches, told by what its page tables answer.
 *
 * <p>All addresses below one entry of a page table end at that entry, and others do not: two that
 * are the first and the last of an aligned block and both end at it have everything between them
 * end there. So blocks of twice the size are tried until one does not, from a page to half of the
 * address space, with two looks each. A hole of 2^47 bytes costs as much as one of a megabyte.
 */
final class Hole {
  /** No architecture has smaller pages. */
  private static final int PAGE_SHIFT = 12;

  private Hole() {}

  /**
   * The last address of the hole that an address is in, as far as one look tells; there may be
   * another hole behind it.
   *
   * @param fault what the tables answer for the address
   */
  static long last(PageTable table, Fault fault) {
    long first = fault.virtualAddress() & -(1L << PAGE_SHIFT);
    int shift = PAGE_SHIFT;
    for (; shift < Long.SIZE - 1; shift++) {
      long size = 1L << shift;
      long sibling = first ^ size;
      if (!isSame(fault, table.translate(sibling))
          || !isSame(fault, table.translate(sibling + size - 1))) {
        break;
      }
      first &= ~size;
    }
    return first + (1L << shift) - 1;
  }

  /** Whether two addresses end at one place for one reason. */
  private static boolean isSame(Fault one, Translation other) {
    if (one instanceof Fault.NotMapped a && other instanceof Fault.NotMapped b) {
      return a.entryAddress() == b.entryAddress() && a.level().equals(b.level());
    }
    if (one instanceof Fault.NotPresent a && other instanceof Fault.NotPresent b) {
      return a.entryAddress() == b.entryAddress() && a.level().equals(b.level());
    }
    if (one instanceof Fault.BadEntry a && other instanceof Fault.BadEntry b) {
      return a.entryAddress() == b.entryAddress() && a.level().equals(b.level());
    }
    if (one instanceof Fault.TableUnreadable a && other instanceof Fault.TableUnreadable b) {
      return a.level().equals(b.level())
          && a.cause().physicalAddress() == b.cause().physicalAddress();
    }
    return (one instanceof Fault.NotCanonical && other instanceof Fault.NotCanonical)
        || (one instanceof Fault.UserAddress && other instanceof Fault.UserAddress);
  }
}
