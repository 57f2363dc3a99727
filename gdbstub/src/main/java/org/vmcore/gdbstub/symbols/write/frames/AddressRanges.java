package org.vmcore.gdbstub.symbols.write.frames;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/** Ranges of code, for asking which one an address is in. */
public final class AddressRanges {
  private final long[] starts;
  private final long[] ends;

  /**
   * @param start first address
   * @param length in bytes
   */
  public record Range(long start, long length) {}

  /**
   * @param ranges in any order; of overlapping ones the one that starts later counts
   */
  public AddressRanges(Collection<Range> ranges) {
    List<Range> sorted =
        ranges.stream()
            .filter(range -> range.length() > 0)
            .sorted(Comparator.comparingLong(range -> range.start() ^ Long.MIN_VALUE))
            .toList();
    starts = sorted.stream().mapToLong(Range::start).toArray();
    ends = sorted.stream().mapToLong(range -> range.start() + range.length()).toArray();
  }

  public static AddressRanges none() {
    return new AddressRanges(List.of());
  }

  /** These and others, such as the memory of modules that a debugger has files of. */
  public AddressRanges and(Collection<Range> others) {
    List<Range> all = new ArrayList<>(others);
    for (int i = 0; i < starts.length; i++) {
      all.add(new Range(starts[i], ends[i] - starts[i]));
    }
    return new AddressRanges(all);
  }

  public boolean contains(long address) {
    return start(address).isPresent();
  }

  /** The start of the range that an address is in. */
  OptionalLong start(long address) {
    int low = 0;
    int high = starts.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(starts[middle], address) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low > 0 && Long.compareUnsigned(address, ends[low - 1]) < 0
        ? OptionalLong.of(starts[low - 1])
        : OptionalLong.empty();
  }
}
