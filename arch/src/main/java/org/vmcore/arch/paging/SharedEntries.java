package org.vmcore.arch.paging;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongPredicate;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * Tells processes' top-level page tables by the kernel entries that they are copies of. A process
 * may lack what the kernel mapped after it started, but has nothing else in their place.
 */
public final class SharedEntries implements LongPredicate {

  /**
   * Which entries those are.
   *
   * @param first index of the first one
   * @param count how many
   * @param common index of one that all tables have: that of the kernel image
   * @param changing bits that may differ from table to table
   */
  public record Range(int first, int count, int common, long changing) {}

  private final PhysicalMemory physical;
  private final ByteOrder order;
  private final int entryBytes;
  private final Range range;
  private final long[] kernel;

  /**
   * @param root physical address of the kernel's own table
   */
  public SharedEntries(
      PhysicalMemory physical, RadixPageTable.Format format, long root, Range range) {
    this.physical = physical;
    this.order = format.byteOrder();
    this.entryBytes = format.entryBytes();
    this.range = range;
    this.kernel = entries(root, range.first(), range.count());
  }

  @Override
  public boolean test(long table) {
    // One entry rules nearly every page out.
    long common = entries(table, range.common(), 1)[0];
    if (common == 0 || !same(common, kernel[range.common() - range.first()])) {
      return false;
    }
    long[] others = entries(table, range.first(), range.count());
    int shared = 0;
    for (int i = 0; i < kernel.length; i++) {
      if (others[i] != 0) {
        if (!same(others[i], kernel[i])) {
          return false;
        }
        shared++;
      }
    }
    // The tables that a CPU starts up with map the kernel image alone.
    return shared > 1 || kernel.length == 1;
  }

  private boolean same(long one, long other) {
    return ((one ^ other) & ~range.changing()) == 0;
  }

  /** Zero where they cannot be read. */
  private long[] entries(long table, int first, int count) {
    byte[] bytes = new byte[count * entryBytes];
    physical.read(table + (long) first * entryBytes, bytes, 0, bytes.length);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(order);
    long[] entries = new long[count];
    for (int i = 0; i < count; i++) {
      entries[i] =
          entryBytes == Long.BYTES
              ? buffer.getLong(i * Long.BYTES)
              : Integer.toUnsignedLong(buffer.getInt(i * Integer.BYTES));
    }
    return entries;
  }
}
