package org.vmcore.dumpreader.format.kdump;

import static org.vmcore.dumpreader.api.PhysicalFault.Reason.TRUNCATED;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.page.PageBitmap;
import org.vmcore.dumpreader.page.PageUnreadableException;

/**
 * The pages of a dump, addressed by rank: the number of a page among the dumped ones. They are in
 * one file, or in several of which some may be missing.
 */
final class KdumpParts {
  /**
   * A range of pages.
   *
   * @param firstRank dumped pages before it
   * @param first its first page
   * @param end the page after its last
   * @param pages null when no file has them
   */
  private record Range(long firstRank, long first, long end, @Nullable KdumpPages pages) {}

  /** Ascending, with all dumped pages. */
  private final List<Range> ranges;

  private final PageBitmap dumped;

  private KdumpParts(List<Range> ranges, PageBitmap dumped) {
    this.ranges = ranges;
    this.dumped = dumped;
  }

  /**
   * @param parts by ascending page numbers, without overlap
   * @param missing told what the files lack, a sentence each
   */
  static KdumpParts of(List<KdumpSplit.Part> parts, PageBitmap dumped, Consumer<String> missing)
      throws IOException {
    List<Range> ranges = new ArrayList<>();
    long next = 0;
    for (KdumpSplit.Part part : parts) {
      KdumpHeader header = part.header();
      addMissing(ranges, next, header.start_pfn(), dumped, missing);
      next = header.end_pfn();
      long firstRank = rank(dumped, header.start_pfn());
      long count = rank(dumped, next) - firstRank;
      KdumpPages pages =
          new KdumpPages(
              part.input(),
              header,
              count,
              dumped.count(),
              part.isIncomplete() || part.inputIsCut());
      ranges.add(new Range(firstRank, header.start_pfn(), next, pages));
      String file = header.split() ? part.input().name() : "The file";
      if (part.isIncomplete()) {
        missing.accept(
            "makedumpfile could not write all of %s, as its header says: pages are missing."
                .formatted(header.split() ? file : "it"));
      } else if (pages.isCutShort() && !part.inputIsCut()) {
        missing.accept(file + " is cut short: it ends before the data of its last page.");
      }
    }
    addMissing(ranges, next, dumped.pages(), dumped, missing);
    return new KdumpParts(List.copyOf(ranges), dumped);
  }

  private static void addMissing(
      List<Range> ranges, long first, long end, PageBitmap dumped, Consumer<String> missing) {
    long lost = rank(dumped, end) - rank(dumped, first);
    if (lost > 0) {
      ranges.add(new Range(rank(dumped, first), first, end, null));
      missing.accept(
          "A part of the split dump was not given: that with the pages %#x to %#x, %d of them dumped."
              .formatted(first, end - 1, lost));
    }
  }

  private static long rank(PageBitmap dumped, long page) {
    return page >= dumped.pages() ? dumped.count() : dumped.rank(page);
  }

  /** The range of a rank: the last that begins at or before it, past those without pages. */
  private int rangeOf(long rank) {
    int low = 0;
    int high = ranges.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (ranges.get(middle).firstRank <= rank) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** One page; callers must not change the bytes. */
  byte[] page(long rank) throws PageUnreadableException {
    Range range = ranges.get(rangeOf(rank));
    if (range.pages == null) {
      throw notGiven(range);
    }
    return range.pages.page(rank - range.firstRank);
  }

  /** Stores consecutive pages one after the other, up to the first that cannot be read. */
  KdumpPages.Outcome pages(long rank, int count, byte[] out, int offset, int pageSize) {
    int done = 0;
    for (int i = rangeOf(rank); done < count; i++) {
      Range range = ranges.get(i);
      if (range.pages == null) {
        return new KdumpPages.Outcome(done, notGiven(range));
      }
      long endRank = i + 1 < ranges.size() ? ranges.get(i + 1).firstRank : dumped.count();
      int here = (int) Math.min(count - done, endRank - rank - done);
      KdumpPages.Outcome outcome =
          range.pages.pages(rank + done - range.firstRank, here, out, offset + done * pageSize);
      done += outcome.pages();
      if (outcome.problem() != null) {
        return new KdumpPages.Outcome(done, outcome.problem());
      }
    }
    return new KdumpPages.Outcome(done, null);
  }

  /** Says that consecutive pages will be read, as far as they are in one file. */
  void willRead(long rank, int count) {
    int at = rangeOf(rank);
    Range range = ranges.get(at);
    if (range.pages != null) {
      long endRank = at + 1 < ranges.size() ? ranges.get(at + 1).firstRank : dumped.count();
      int here = (int) Math.min(count, endRank - rank);
      range.pages.willRead(rank - range.firstRank, here);
    }
  }

  private static PageUnreadableException notGiven(Range range) {
    return new PageUnreadableException(
        TRUNCATED,
        "the part of the split dump with the pages %#x to %#x was not given"
            .formatted(range.first, range.end - 1));
  }

  /** Those of the dumped pages whose data the files have, see {@link KdumpPages#markHeld}. */
  PageBitmap held() throws IOException {
    PageBitmap.Builder held = new PageBitmap.Builder(dumped.pages());
    for (Range range : ranges) {
      if (range.pages != null) {
        range.pages.markHeld(dumped, range.first, range.end, held);
      }
    }
    return held.build();
  }
}
