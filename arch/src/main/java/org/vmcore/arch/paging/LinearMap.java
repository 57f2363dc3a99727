package org.vmcore.arch.paging;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.PhysicalFault;

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
  }

  public Optional<Region> find(long virtualAddress) {
    return regions.stream().filter(region -> region.holds(virtualAddress)).findFirst();
  }

  /**
   * Where a page-table walk ends that misses a table.
   *
   * @param level of the table
   * @param unreadable why it cannot be read
   * @param steps of the walk, to be told how it ended, or null when nobody wants to know
   */
  public Translation withoutTable(
      long virtualAddress,
      String level,
      PhysicalFault unreadable,
      @Nullable List<PageWalk.Step> steps) {
    Fault fault = new Fault.TableUnreadable(virtualAddress, level, unreadable);
    return instead(fault, level + " unreadable", steps);
  }

  /**
   * Where a page-table walk ends that meets a table it cannot believe.
   *
   * @param fault where it ends if nothing else is known of the address
   * @param missing what the walk misses, such as {@code PTE unreadable}
   * @param steps of the walk, to be told how it ended, or null when nobody wants to know
   */
  public Translation instead(Fault fault, String missing, @Nullable List<PageWalk.Step> steps) {
    Optional<Region> found = find(fault.virtualAddress());
    if (found.isEmpty()) {
      return fault;
    }
    Region region = found.get();
    Translation.Mapped mapped = region.translate(fault.virtualAddress());
    if (steps != null) {
      String why =
          "%s; %s at %#x by %s"
              .formatted(missing, region.name(), region.virtualStart(), region.source());
      steps.add(new PageWalk.Step("LINEAR", 0, 0, mapped.physicalAddress(), why, 0));
    }
    return mapped;
  }
}
