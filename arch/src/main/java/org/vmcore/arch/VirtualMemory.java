package org.vmcore.arch;

import org.vmcore.dumpreader.PhysicalFault;
import org.vmcore.dumpreader.PhysicalMemory;
import org.vmcore.dumpreader.PhysicalRead;

/** An address space: physical memory seen through page tables. Safe for use by several threads. */
public final class VirtualMemory {
  private final PhysicalMemory physical;
  private final PageTable pageTable;

  public VirtualMemory(PhysicalMemory physical, PageTable pageTable) {
    this.physical = physical;
    this.pageTable = pageTable;
  }

  public Translation translate(long virtualAddress) {
    return pageTable.translate(virtualAddress);
  }

  public PageWalk walk(long virtualAddress) {
    return pageTable.walk(virtualAddress);
  }

  /**
   * Copies memory to {@code destination}, up to the first byte that cannot be read. The range may
   * wrap past the highest address.
   */
  public VirtualRead read(long virtualAddress, byte[] destination, int offset, int length) {
    int done = 0;
    while (done < length) {
      long at = virtualAddress + done;
      Translation translation = translate(at);
      if (translation instanceof Fault fault) {
        return new VirtualRead(done, fault);
      }
      Translation.Mapped mapped = (Translation.Mapped) translation;
      int chunk = (int) Math.min(mapped.length(), length - done);
      PhysicalRead read =
          physical.read(mapped.physicalAddress(), destination, offset + done, chunk);
      done += read.length();
      PhysicalFault fault = read.fault();
      if (fault != null) {
        return new VirtualRead(done, new Fault.DataUnreadable(virtualAddress + done, fault));
      }
    }
    return new VirtualRead(done, null);
  }
}
