package org.vmcore.gdbstub.inspect.dump;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.linux.CrashKernel;

/**
 * How much of physical memory the dump holds, in bytes.
 *
 * @param present that can be read
 * @param filtered that were left out of the dump
 * @param truncated that were lost with the end of the file
 * @param crashKernel memory that was set aside for it
 * @param ranges without a gap, ascending
 */
public record MemoryReport(
    long bytes,
    long present,
    long filtered,
    long truncated,
    Optional<List<Piece>> crashKernel,
    List<Range> ranges) {

  /**
   * A piece of physical memory.
   *
   * @param end the address after its last
   */
  record Piece(@Hex long start, @Hex long end, long bytes) {
    static Piece of(CrashKernel.Range range) {
      return new Piece(range.start(), range.start() + range.length(), range.length());
    }
  }

  /** The same with how much of it the dump holds. */
  record Range(
      @Hex long start, @Hex long end, long bytes, long present, long filtered, long truncated) {}

  static MemoryReport of(PhysicalMemory memory, List<CrashKernel.Range> crashKernel) {
    Ranges ranges = new Ranges();
    memory.forEachRange(ranges);
    ranges.endRange();
    Amounts total = ranges.total;
    return new MemoryReport(
        total.all(),
        total.of(Presence.PRESENT),
        total.of(Presence.FILTERED),
        total.of(Presence.TRUNCATED),
        crashKernel.isEmpty()
            ? Optional.empty()
            : Optional.of(crashKernel.stream().map(Piece::of).toList()),
        ranges.ranges);
  }

  /** Bytes by presence. */
  private static final class Amounts {
    private final Map<Presence, Long> bytes = new EnumMap<>(Presence.class);

    void add(Presence presence, long more) {
      bytes.merge(presence, more, Long::sum);
    }

    long of(Presence presence) {
      return bytes.getOrDefault(presence, 0L);
    }

    long all() {
      return bytes.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /** Joins what has no gap between. */
  private static final class Ranges implements PhysicalMemory.RangeVisitor {
    private final List<Range> ranges = new ArrayList<>();
    private final Amounts total = new Amounts();
    private Amounts inRange = new Amounts();
    private long start;
    private long end;

    @Override
    public void visit(long at, long length, Presence presence) {
      if (at != end) {
        endRange();
        start = at;
      }
      end = at + length;
      inRange.add(presence, length);
      total.add(presence, length);
    }

    void endRange() {
      if (inRange.all() > 0) {
        ranges.add(
            new Range(
                start,
                end,
                inRange.all(),
                inRange.of(Presence.PRESENT),
                inRange.of(Presence.FILTERED),
                inRange.of(Presence.TRUNCATED)));
        inRange = new Amounts();
      }
    }
  }
}
