package org.vmcore.arch.paging;

import java.util.List;

/**
 * One page-table walk, for people.
 *
 * @param steps each entry that was read, from the root down
 * @param result where it ended
 */
public record PageWalk(long virtualAddress, List<Step> steps, Translation result) {
  public PageWalk {
    steps = List.copyOf(steps);
  }

  /**
   * @param level the table's name in Linux, such as {@code PGD}
   * @param entryAddress physical address of the entry
   * @param entry its value as the CPU reads it
   * @param target the physical address in the entry
   * @param flags the names of the flags that are set, such as {@code PRESENT|RW|NX}
   * @param pageSize bytes when this entry maps a page, 0 when it points at another table
   */
  public record Step(
      String level, long entryAddress, long entry, long target, String flags, long pageSize) {

    /** False for a step by arithmetic alone, whose flags then say in words what was done. */
    public boolean hasEntry() {
      return entryAddress != 0 || entry != 0;
    }
  }
}
