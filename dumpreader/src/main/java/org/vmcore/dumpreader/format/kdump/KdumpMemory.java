package org.vmcore.dumpreader.format.kdump;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.page.BitmapChunks;
import org.vmcore.dumpreader.page.PageBitmap;
import org.vmcore.dumpreader.page.PageCache;
import org.vmcore.dumpreader.page.PageUnreadableException;
import org.vmcore.dumpreader.page.ParallelWork;

/**
 * Physical memory out of a kdump-compressed file.
 *
 * <p>Small reads go through the page cache on the caller's thread. The whole pages of a large read
 * are decompressed straight to where they are wanted, on several cores, and are not cached: a scan
 * of all memory must not evict the page tables that every later read needs.
 */
final class KdumpMemory implements PhysicalMemory {
  /** From this many whole pages on a read bypasses the cache. */
  private static final int LARGE_PAGES = 8;

  /** Pages that one thread takes at a time: long enough to outweigh waking a thread. */
  private static final int PIECE_PAGES = 32;

  /** From this many pages on waking a thread pays. */
  private static final int PARALLEL_PAGES = 16;

  /** Pages that anybody says will be read. */
  private static final int MOST_EXPECTED = 1 << 16;

  private final KdumpParts pages;
  private final PageBitmap dumped;
  private final KdumpExistence existence;
  private final PageCache cache;
  private final PageCache.Loader loader;
  private final long firstPfn;
  private final int pageSize;
  private final int pageShift;
  private final boolean someLost;

  /** The dumped pages whose data is in the file; made when first needed. */
  private volatile @Nullable PageBitmap held;

  /**
   * @param dumped the second bitmap
   * @param someLost whether the files are known to lack data of dumped pages
   */
  KdumpMemory(
      KdumpParts pages,
      PageBitmap dumped,
      KdumpExistence existence,
      KdumpHeader header,
      boolean someLost,
      long cacheBytes) {
    this.pages = pages;
    this.dumped = dumped;
    this.existence = existence;
    // No more slots than pages: a small dump should not pay for the bookkeeping of a large one.
    long allPages = Math.max(dumped.count(), 1) * header.block_size();
    this.cache = new PageCache(Math.min(cacheBytes, allPages), header.block_size());
    this.loader = index -> pages.page(dumped.rank(index));
    this.firstPfn = header.firstPfn();
    this.pageSize = header.block_size();
    this.pageShift = Integer.numberOfTrailingZeros(pageSize);
    this.someLost = someLost;
  }

  @Override
  public PhysicalRead read(long physicalAddress, byte[] destination, int offset, int length) {
    int done = 0;
    while (done < length) {
      long at = physicalAddress + done;
      long index = (at >>> pageShift) - firstPfn;
      int inPage = (int) (at & (pageSize - 1));
      int wholePages = inPage == 0 ? (length - done) >>> pageShift : 0;
      if (wholePages >= LARGE_PAGES) {
        int run = dumped.contains(index) ? dumped.run(index, wholePages) : 0;
        if (run >= LARGE_PAGES) {
          KdumpPages.Outcome outcome = readPages(index, run, destination, offset + done);
          done += outcome.pages() << pageShift;
          if (outcome.problem() != null) {
            return new PhysicalRead(done, outcome.problem().at(physicalAddress + done));
          }
          continue;
        }
      }
      byte[] page = cache.lookUp(index);
      if (page == null) {
        try {
          page = load(index);
        } catch (PageUnreadableException e) {
          return new PhysicalRead(done, e.at(at));
        }
      }
      int chunk = Math.min(pageSize - inPage, length - done);
      System.arraycopy(page, inPage, destination, offset + done, chunk);
      done += chunk;
    }
    return PhysicalRead.complete(length);
  }

  @Override
  public void willRead(long physicalAddress, long length) {
    long first = Math.max(0, (physicalAddress >>> pageShift) - firstPfn);
    long end = Math.min(dumped.pages() - 1, first + (length >>> pageShift));
    long rank = first < end ? dumped.rank(first) : 0;
    int count = first < end ? (int) Math.min(MOST_EXPECTED, dumped.rank(end) - rank) : 0;
    if (count > 0) {
      pages.willRead(rank, count);
    }
  }

  private byte[] load(long index) throws PageUnreadableException {
    if (!dumped.contains(index)) {
      throw existence.whyAbsent(index);
    }
    return cache.get(index, loader);
  }

  private KdumpPages.Outcome readPages(long index, int count, byte[] out, int offset) {
    long rank = dumped.rank(index);
    if (count < PARALLEL_PAGES) {
      return pages.pages(rank, count, out, offset, pageSize);
    }
    pages.willRead(rank, count);
    int perPiece = Math.min(PIECE_PAGES, count / 2);
    int pieces = (count + perPiece - 1) / perPiece;
    KdumpPages.@Nullable Outcome[] outcomes = new KdumpPages.@Nullable Outcome[pieces];
    ParallelWork.run(
        pieces,
        piece -> {
          int first = piece * perPiece;
          int pagesOfPiece = Math.min(perPiece, count - first);
          outcomes[piece] =
              pages.pages(rank + first, pagesOfPiece, out, offset + (first << pageShift), pageSize);
        });
    for (int piece = 0; piece < pieces; piece++) {
      KdumpPages.Outcome outcome = outcomes[piece];
      if (outcome != null && outcome.problem() != null) {
        return new KdumpPages.Outcome(piece * perPiece + outcome.pages(), outcome.problem());
      }
    }
    return new KdumpPages.Outcome(count, null);
  }

  @Override
  public long nextPresent(long physicalAddress) {
    long pfn = physicalAddress >>> pageShift;
    long wanted = Math.max(0, pfn - firstPfn);
    PageBitmap present = held();
    long index = present.next(wanted);
    if (index >= present.pages()) {
      return NONE;
    }
    return index + firstPfn == pfn ? physicalAddress : (index + firstPfn) << pageShift;
  }

  @Override
  public void forEachRange(RangeVisitor visitor) {
    KdumpRanges ranges = new KdumpRanges(visitor, firstPfn, pageShift);
    PageBitmap present = held();
    BitmapChunks existing = existence.chunks();
    long chunks = PageBitmap.chunks(dumped.pages());
    try {
      for (int chunk = 0; chunk < chunks; chunk++) {
        long[] machine = existing.next();
        long first = (long) chunk * PageBitmap.CHUNK_WORDS;
        // One word without a page ends what came before as well as all of them do.
        int words = machine == null && dumped.isEmpty(chunk) ? 1 : PageBitmap.CHUNK_WORDS;
        for (int i = 0; i < words; i++) {
          long word = first + i;
          ranges.word(
              word, present.word(word), dumped.word(word), machine == null ? 0 : machine[i]);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ranges.end();
  }

  /** Concurrent first calls may both do the work; the answer is the same. */
  private PageBitmap held() {
    if (!someLost) {
      return dumped;
    }
    PageBitmap known = held;
    if (known == null) {
      try {
        known = pages.held();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      held = known;
    }
    return known;
  }
}
