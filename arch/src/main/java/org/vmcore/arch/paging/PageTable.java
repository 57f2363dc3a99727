package org.vmcore.arch.paging;

import java.util.Optional;

/**
 * The rules and the root of one set of page tables. Pure: no state, nothing kept; {@link
 * VirtualMemory} caches what it answers. The number of entries read is bounded by the levels.
 */
public interface PageTable {

  /** Translates one address, without keeping the way there. */
  Translation translate(long virtualAddress);

  /**
   * The address itself, or, where a part of it is a tag that translation leaves aside, the next one
   * that has none: what lies between is what other addresses show, once more.
   */
  default long afterTags(long virtualAddress) {
    return virtualAddress;
  }

  /** Translates one address and says how, level by level. */
  PageWalk walk(long virtualAddress);

  /**
   * What the contents of an entry of the last level would mean, for people; empty where the tables
   * have no such levels.
   *
   * @param entry as the CPU reads it
   */
  default Optional<PageWalk.Step> lastEntry(long entry) {
    return Optional.empty();
  }
}
