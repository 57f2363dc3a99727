package org.vmcore.gdbstub.linux.mm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Walk;

/**
 * What the buddy allocator had (Linux mm/page_alloc.c): for each zone, for each order of pieces of
 * 2^order pages and for each kind of page, a list.
 */
public final class FreePages {
  private static final String PAGE = "struct page";

  private FreePages() {}

  /**
   * A list of free pieces.
   *
   * @param order each has 2^order pages
   * @param head address of the {@code struct list_head}
   * @param pages addresses of their first {@code struct page}
   */
  public record FreeArea(int order, long head, List<Long> pages, Optional<String> problem) {
    public FreeArea {
      pages = List.copyOf(pages);
    }

    /** How many pages they have. */
    public long count() {
      return (long) pages.size() << order;
    }
  }

  /**
   * The lists of a zone, none for one without memory.
   *
   * @throws KernelReadException when the kernel's types do not tell how they are kept
   */
  public static List<FreeArea> of(TypedMemory memory, Zones.Zone zone) throws KernelReadException {
    List<FreeArea> areas = new ArrayList<>();
    if (zone.spanned() == 0) {
      return areas;
    }
    String member =
        PageMembers.FREE_LIST.path(memory.types(), PAGE).orElse(PageMembers.FREE_LIST.toString());
    List<KernelObject> orders =
        memory.object("struct zone", zone.address()).member("free_area").elements();
    for (int order = 0; order < orders.size(); order++) {
      for (KernelObject head : orders.get(order).member("free_list").elements()) {
        Walk walk = head.list(PAGE, member);
        List<Long> pages = new ArrayList<>();
        walk.forEach(page -> pages.add(page.address()));
        areas.add(new FreeArea(order, head.address(), pages, walk.problem()));
      }
    }
    return areas;
  }
}
