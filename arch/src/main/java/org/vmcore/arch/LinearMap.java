package org.vmcore.arch;

import java.util.List;
import java.util.Optional;

/**
 * What is known of the kernel's memory without its page tables. It serves where a page table is
 * missing from the dump or overwritten, never against one that is there.
 */
public record LinearMap(List<Region> regions) {
  public static final LinearMap NONE = new LinearMap(List.of());

  public LinearMap {
    regions = List.copyOf(regions);
  }

  /**
   * Virtual addresses that lie in physical memory in one piece.
   *
   * @param name what the kernel has there, such as {@code kernel image}
   * @param size bytes
   * @param source where that is known from
   */
  public record Region(
      String name, long virtualStart, long physicalStart, long size, String source) {
    private boolean holds(long virtualAddress) {
      return Long.compareUnsigned(virtualAddress - virtualStart, size) < 0;
    }

    public Translation.Mapped translate(long virtualAddress) {
      long into = virtualAddress - virtualStart;
      return new Translation.Mapped(physicalStart + into, size - into);
    }

    /**
     * What a walk shows in place of the entries that are missing.
     *
     * @param missing what is missing, such as {@code PTE unreadable}
     */
    public PageWalk.Step step(long virtualAddress, String missing) {
      String why = "%s; %s at %#x by %s".formatted(missing, name, virtualStart, source);
      return new PageWalk.Step("LINEAR", 0, 0, translate(virtualAddress).physicalAddress(), why, 0);
    }
  }

  public Optional<Region> find(long virtualAddress) {
    return regions.stream().filter(region -> region.holds(virtualAddress)).findFirst();
  }
}
