package org.vmcore.arch.arm64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.vmcore.arch.paging.MemoryFilter;

/**
 * Shows return addresses without their authentication codes (Arm ARM, DDI 0487, D8.10 "Pointer
 * authentication"), which the kernel's functions put into the upper bits of x30 before they save
 * it.
 *
 * <p>gdb takes the code out with {@code pauth_cmask}, but before version 14 by clearing the bits,
 * which is right for user addresses alone: a kernel's backtrace ends at its first frame.
 *
 * @param order of words in memory
 * @param mask the bits of a kernel address that the code may be in ({@code KERNELPACMASK})
 * @param start of what return addresses point into: the kernel image, with modules on both sides
 * @param size bytes of that
 */
record SignedReturnAddresses(ByteOrder order, long mask, long start, long size)
    implements MemoryFilter {
  /** Bit 55 is the one of the mask that no code changes. */
  private static final long SELECT = 1L << 55;

  @Override
  public void apply(long virtualAddress, byte[] bytes, int offset, int length) {
    if ((virtualAddress & SELECT) == 0) {
      return;
    }
    ByteBuffer words = ByteBuffer.wrap(bytes, offset, length).slice().order(order);
    int first = (int) (-virtualAddress & (Long.BYTES - 1));
    for (int at = first; at + Long.BYTES <= length; at += Long.BYTES) {
      long word = words.getLong(at);
      long address = word | mask;
      if (address != word
          && (word & SELECT) != 0
          && Long.compareUnsigned(address - start, size) < 0) {
        words.putLong(at, address);
      }
    }
  }
}
