package org.vmcore.gdbstub.linux.mm;

import org.vmcore.gdbstub.linux.types.MemberHistory;

/** What {@code struct page} and {@code struct slab} have called what is read of them. */
final class PageMembers {
  /** Since 6.18 a struct of its own. */
  static final MemberHistory FLAGS =
      MemberHistory.named("flags")
          .since("6.18", "flags.f", "53fbef56e07d, \"mm: introduce memdesc_flags_t\"");

  /** What a page without users is: a number below zero, since 4.18 under a name of its own. */
  static final MemberHistory TYPE =
      MemberHistory.named("_mapcount.counter")
          .since("4.18", "page_type", "6e292b9be7f4, \"mm: split page_type out from _mapcount\"");

  /** Users; the name says since 4.7 that it is not for everybody. */
  static final MemberHistory REFERENCES =
      MemberHistory.named("_count.counter")
          .since(
              "4.7",
              "_refcount.counter",
              "0139aa7b7fa1, \"mm: rename _count, field of the struct page, to _refcount\"");

  /** Place in the file or, of anonymous memory, in its region. */
  static final MemberHistory INDEX =
      MemberHistory.named("index")
          .since(
              "6.16",
              "__folio_index",
              "acc53a0b4c15, \"mm: rename page->index to page->__folio_index\"");

  /** The cache that a slab is of. */
  static final MemberHistory CACHE =
      MemberHistory.named("slab")
          .since(
              "3.8",
              "slab_cache",
              "1b4f59e356cc, \"slub: Commonize slab_cache field in struct page\"");

  /** By which a free page is on a list of the buddy allocator's. */
  static final MemberHistory FREE_LIST =
      MemberHistory.named("lru")
          .since(
              "6.0",
              "buddy_list",
              "bf75f200569d, \"mm/page_alloc: add page->buddy_list and page->pcp_list\"");

  private PageMembers() {}
}
