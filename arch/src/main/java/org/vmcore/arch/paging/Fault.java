package org.vmcore.arch.paging;

import org.vmcore.dumpreader.api.PhysicalFault;

/** Why virtual memory cannot be read. Text is made only when asked for. */
public sealed interface Fault extends Translation {

  /** The first virtual address that could not be read. */
  long virtualAddress();

  /** One sentence without a full stop, as shown to users. */
  String message();

  /**
   * No page table maps the address.
   *
   * @param level the table whose entry is empty, such as {@code PMD}
   * @param entryAddress physical address of that entry
   * @param entry its value
   */
  record NotMapped(long virtualAddress, String level, long entryAddress, long entry)
      implements Fault {
    @Override
    public String message() {
      return "virtual address %#018x is not mapped (%s entry at %#x is %#x)"
          .formatted(virtualAddress, level, entryAddress, entry);
    }
  }

  /** The address is none that the machine can form. */
  record NotCanonical(long virtualAddress, int bits) implements Fault {
    @Override
    public String message() {
      return "virtual address %#018x is not canonical (addresses have %d bits)"
          .formatted(virtualAddress, bits);
    }
  }

  /**
   * A user address, asked of the kernel's own page tables on an architecture where these cannot map
   * one. A process's page tables would tell.
   */
  record UserAddress(long virtualAddress) implements Fault {
    @Override
    public String message() {
      return "virtual address %#018x belongs to a process; the kernel's page tables do not map it"
          .formatted(virtualAddress);
    }
  }

  /**
   * The page was written to swap before the crash.
   *
   * @param entry the page-table entry, which names the place in swap
   */
  record SwappedOut(long virtualAddress, long entry) implements Fault {
    @Override
    public String message() {
      return "virtual address %#018x is swapped out (page-table entry %#x)"
          .formatted(virtualAddress, entry);
    }
  }

  /**
   * The kernel holds the page back: its entry is a marker for a page under migration, one lost to a
   * hardware error, or memory of a device. No swap file has it.
   *
   * @param entry the marker
   */
  record NotPresent(long virtualAddress, String level, long entryAddress, long entry)
      implements Fault {
    @Override
    public String message() {
      return ("virtual address %#018x is not present: its %s entry at %#x is a kernel marker"
              + " (migration, hardware poison or device memory): %#x")
          .formatted(virtualAddress, level, entryAddress, entry);
    }
  }

  /** A page-table entry has bits that the architecture forbids. */
  record BadEntry(long virtualAddress, String level, long entryAddress, long entry)
      implements Fault {
    @Override
    public String message() {
      return "virtual address %#018x: %s entry at %#x is corrupt: %#x"
          .formatted(virtualAddress, level, entryAddress, entry);
    }
  }

  /** A page table on the way cannot be read. */
  record TableUnreadable(long virtualAddress, String level, PhysicalFault cause) implements Fault {
    @Override
    public String message() {
      return "virtual address %#018x: its %s is unreadable: %s"
          .formatted(virtualAddress, level, cause.message());
    }
  }

  /** The address is mapped, but the memory it leads to cannot be read. */
  record DataUnreadable(long virtualAddress, PhysicalFault cause) implements Fault {
    @Override
    public String message() {
      return "virtual address %#018x is mapped, but %s".formatted(virtualAddress, cause.message());
    }
  }
}
