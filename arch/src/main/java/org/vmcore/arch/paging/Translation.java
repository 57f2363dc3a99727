package org.vmcore.arch.paging;

/** Where a virtual address leads: to physical memory, or to a fault. */
public sealed interface Translation permits Translation.Mapped, Fault {

  /**
   * @param physicalAddress of the byte asked for
   * @param length bytes from there to the end of its page, at least 1
   */
  record Mapped(long physicalAddress, long length) implements Translation {}
}
