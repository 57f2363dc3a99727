package org.vmcore.dumpreader.format.lkcd;

import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.page.PageCache;
import org.vmcore.dumpreader.page.PageUnreadableException;

/** Physical memory of an LKCD dump, a page at a time through a cache. */
final class LkcdMemory implements PhysicalMemory {
  private final LkcdIndex index;
  private final LkcdPages pages;
  private final PageCache cache;
  private final int pageShift;

  LkcdMemory(LkcdIndex index, LkcdPages pages, long cacheBytes) {
    this.index = index;
    this.pages = pages;
    this.cache = new PageCache(cacheBytes, pages.pageSize());
    this.pageShift = Integer.numberOfTrailingZeros(pages.pageSize());
  }

  @Override
  public PhysicalRead read(long physicalAddress, byte[] destination, int offset, int length) {
    int done = 0;
    while (done < length) {
      long at = physicalAddress + done;
      int inPage = (int) at & (pages.pageSize() - 1);
      int chunk = Math.min(length - done, pages.pageSize() - inPage);
      try {
        if (done > 0 && at == 0) {
          throw new PageUnreadableException(PhysicalFault.Reason.NOT_IN_DUMP, null);
        }
        System.arraycopy(page(at >>> pageShift), inPage, destination, offset + done, chunk);
      } catch (PageUnreadableException e) {
        return new PhysicalRead(done, e.at(at));
      }
      done += chunk;
    }
    return PhysicalRead.complete(done);
  }

  private byte[] page(long number) throws PageUnreadableException {
    byte[] cached = cache.lookUp(number);
    return cached != null ? cached : cache.get(number, this::load);
  }

  private byte[] load(long number) throws PageUnreadableException {
    int at = index.atOrAfter(number);
    if (at == index.size() || index.page(at) != number) {
      throw new PageUnreadableException(PhysicalFault.Reason.NOT_IN_DUMP, null);
    }
    return pages.read(index.offset(at));
  }

  @Override
  public long nextPresent(long physicalAddress) {
    int at = index.atOrAfter(physicalAddress >>> pageShift);
    if (at == index.size()) {
      return NONE;
    }
    long start = index.page(at) << pageShift;
    return Long.compareUnsigned(start, physicalAddress) > 0 ? start : physicalAddress;
  }

  @Override
  public void forEachRange(RangeVisitor visitor) {
    int at = 0;
    while (at < index.size()) {
      long first = index.page(at);
      int from = at++;
      while (at < index.size() && index.page(at) == first + (at - from)) {
        at++;
      }
      visitor.visit(first << pageShift, (long) (at - from) << pageShift, Presence.PRESENT);
    }
  }
}
