package org.vmcore.arch.paging;

import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;

/** An address space: physical memory seen through page tables. Safe for use by several threads. */
public final class VirtualMemory {
  private final PhysicalMemory physical;
  private final PageTable pageTable;
  private final TranslationCache cache = new TranslationCache();

  public VirtualMemory(PhysicalMemory physical, PageTable pageTable) {
    this.physical = physical;
    this.pageTable = pageTable;
  }

  /** The page tables that this is seen through, for the architecture that made them. */
  public PageTable pageTable() {
    return pageTable;
  }

  /** Translates one address; {@link Translation.Mapped#length} may stop short of the page's end. */
  public Translation translate(long virtualAddress) {
    TranslationCache.Entry entry = cache.find(virtualAddress);
    if (entry == null) {
      Translation translation = pageTable.translate(virtualAddress);
      if (!(translation instanceof Translation.Mapped mapped)) {
        return translation;
      }
      entry = cache.keep(virtualAddress, mapped, pageTable);
    }
    return new Translation.Mapped(
        entry.physicalAddress(virtualAddress), entry.remaining(virtualAddress));
  }

  /** Translates one address by the page tables themselves and says how, level by level. */
  public PageWalk walk(long virtualAddress) {
    return pageTable.walk(virtualAddress);
  }

  /**
   * Copies memory to {@code destination}, up to the first byte that cannot be read. The range may
   * wrap past the highest address. Pages that follow one another in physical memory too are read in
   * one piece.
   */
  public VirtualRead read(long virtualAddress, byte[] destination, int offset, int length) {
    int done = 0;
    while (done < length) {
      long start = virtualAddress + done;
      TranslationCache.Entry entry = cache.find(start);
      if (entry == null) {
        Translation translation = pageTable.translate(start);
        if (translation instanceof Fault fault) {
          return new VirtualRead(done, fault);
        }
        entry = cache.keep(start, (Translation.Mapped) translation, pageTable);
      }
      int wanted = length - done;
      int run = (int) Math.min(entry.remaining(start), wanted);
      while (run < wanted) {
        TranslationCache.Entry next = contiguous(start + run, entry.delta());
        if (next == null) {
          break;
        }
        run += (int) Math.min(next.remaining(start + run), wanted - run);
      }
      PhysicalRead read =
          physical.read(entry.physicalAddress(start), destination, offset + done, run);
      done += read.length();
      PhysicalFault fault = read.fault();
      if (fault != null) {
        return new VirtualRead(done, new Fault.DataUnreadable(virtualAddress + done, fault));
      }
    }
    return new VirtualRead(done, null);
  }

  /**
   * Says what will be read soon, up to where nothing is mapped; see {@link
   * PhysicalMemory#willRead}.
   */
  public void willRead(long virtualAddress, long length) {
    for (long done = 0; done < length; ) {
      if (!(translate(virtualAddress + done) instanceof Translation.Mapped first)) {
        return;
      }
      long run = Math.min(first.length(), length - done);
      while (run < length - done
          && translate(virtualAddress + done + run) instanceof Translation.Mapped next
          && next.physicalAddress() == first.physicalAddress() + run) {
        run += Math.min(next.length(), length - done - run);
      }
      physical.willRead(first.physicalAddress(), run);
      done += run;
    }
  }

  /**
   * Where it is worth reading on that begins with an address of which nothing is known: the address
   * itself, or what comes behind the hole that it is in. There may be another hole. 0 when there is
   * nothing more up to the highest address.
   */
  public long next(long virtualAddress) {
    return pageTable.afterTags(nextMapped(virtualAddress));
  }

  private long nextMapped(long virtualAddress) {
    Translation translation = translate(virtualAddress);
    if (translation instanceof Fault fault) {
      return Hole.last(pageTable, fault) + 1;
    }
    Translation.Mapped mapped = (Translation.Mapped) translation;
    long present = physical.nextPresent(mapped.physicalAddress());
    long missing =
        present == PhysicalMemory.NONE ? mapped.length() : present - mapped.physicalAddress();
    boolean here = Long.compareUnsigned(missing, mapped.length()) < 0;
    return virtualAddress + (here ? missing : mapped.length());
  }

  /** The mapping of an address if it lies as far from its physical address as {@code delta}. */
  private TranslationCache.@Nullable Entry contiguous(long virtualAddress, long delta) {
    TranslationCache.Entry entry = cache.find(virtualAddress);
    if (entry == null) {
      if (!(pageTable.translate(virtualAddress) instanceof Translation.Mapped mapped)) {
        return null;
      }
      entry = cache.keep(virtualAddress, mapped, pageTable);
    }
    return entry.delta() == delta ? entry : null;
  }
}
