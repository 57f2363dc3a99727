package org.vmcore.dumpreader.format.kdump;

import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.dumpreader.api.PhysicalMemory.RangeVisitor;

/** Joins pages, given 64 at a time in ascending order, to maximal runs of one presence. */
final class KdumpRanges {
  private final RangeVisitor visitor;
  private final long firstPfn;
  private final int pageShift;

  private @Nullable Presence presence;
  private long start;
  private long position;

  KdumpRanges(RangeVisitor visitor, long firstPfn, int pageShift) {
    this.visitor = visitor;
    this.firstPfn = firstPfn;
    this.pageShift = pageShift;
  }

  /**
   * @param held bits of pages whose data the file has
   * @param dumped bits of pages that should be in the file
   * @param existing bits of pages that the machine had
   */
  void word(long word, long held, long dumped, long existing) {
    long filtered = existing & ~dumped;
    long lost = dumped & ~held;
    for (int bit = 0; bit < Long.SIZE; ) {
      Presence next;
      long same;
      if ((held >>> bit & 1) != 0) {
        next = Presence.PRESENT;
        same = held;
      } else if ((lost >>> bit & 1) != 0) {
        next = Presence.TRUNCATED;
        same = lost;
      } else if ((filtered >>> bit & 1) != 0) {
        next = Presence.FILTERED;
        same = filtered;
      } else {
        next = null;
        same = ~(held | lost | filtered);
      }
      change(word * Long.SIZE + bit, next);
      bit += Math.min(Long.SIZE - bit, Long.numberOfTrailingZeros(~(same >>> bit)));
    }
    position = (word + 1) * Long.SIZE;
  }

  void end() {
    change(position, null);
  }

  private void change(long index, @Nullable Presence next) {
    if (next == presence) {
      return;
    }
    if (presence != null) {
      visitor.visit((start + firstPfn) << pageShift, (index - start) << pageShift, presence);
    }
    presence = next;
    start = index;
  }
}
