package org.vmcore.gdbstub.linux.mm;

import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.MemberHistory;

/** The pages of larger pieces, which since 4.4 lead to the first by a word whose bit 0 is set. */
final class TailPages {
  private static final MemberHistory HEAD =
      MemberHistory.added(
              "4.4", "compound_head", "1d798ca3f164, \"mm: make compound_head() robust\"")
          .since(
              "7.1",
              "compound_info",
              "\"mm: rename the 'compound_head' field in the 'struct page' to 'compound_info'\"");

  private TailPages() {}

  /**
   * Where the {@code struct page} of the first page is; of what is no tail its own.
   *
   * @param page a {@code struct page}
   */
  static long headOf(KernelObject page) throws KernelReadException {
    long word = HEAD.isIn(page) ? HEAD.in(page).value() : 0;
    if ((word & 1) == 0) {
      return page.address();
    }
    long head = word - 1;
    // Of compound_info it may be a mask of the tail's own address: all ones but the lowest bits
    // (Linux include/linux/page-flags.h, compound_info_has_mask()).
    return Long.bitCount(-head) == 1 ? page.address() & head : head;
  }
}
