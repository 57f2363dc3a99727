package org.vmcore.arch.x86_64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongPredicate;
import org.vmcore.arch.x86.X86Entry;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * The upper half of the kernel's top-level table. Every process's table has a copy of it (Linux
 * arch/x86/mm/pgtable.c, pgd_ctor), except the one that a CPU uses in user mode under page-table
 * isolation. What the kernel adds later, such as the first memory of vmalloc, older kernels copy
 * when a process first uses it (arch/x86/mm/fault.c, vmalloc_fault).
 */
final class KernelHalf implements LongPredicate {
  private static final int FIRST_ENTRY = 256;
  private static final int ENTRIES = 512;
  private static final int LAST_ENTRY = ENTRIES - 1;

  /** What the CPU writes by itself, and so differs from table to table. */
  private static final long CHANGING = X86Entry.ACCESSED | X86Entry.DIRTY;

  private final PhysicalMemory physical;
  private final long[] entries;

  KernelHalf(PhysicalMemory physical, long root) {
    this.physical = physical;
    this.entries = upperHalf(root);
  }

  @Override
  public boolean test(long page) {
    // One entry that all kernels have, the one of the kernel image, rules nearly every page out.
    long image = PageOffset.entry(physical, page, LAST_ENTRY);
    if ((image & X86Entry.PRESENT) == 0 || !same(image, entries[LAST_ENTRY - FIRST_ENTRY])) {
      return false;
    }
    long[] others = upperHalf(page);
    int equal = 0;
    int absent = 0;
    for (int i = 0; i < entries.length; i++) {
      if ((entries[i] & X86Entry.PRESENT) != 0) {
        if (others[i] == 0) {
          absent++;
        } else if (same(entries[i], others[i])) {
          equal++;
        } else {
          return false;
        }
      }
    }
    // The table that other CPUs start with has the kernel image alone.
    return equal > absent;
  }

  private static boolean same(long one, long other) {
    return ((one ^ other) & ~CHANGING) == 0;
  }

  /** Zero where it cannot be read. */
  private long[] upperHalf(long root) {
    byte[] bytes = new byte[(ENTRIES - FIRST_ENTRY) * Long.BYTES];
    physical.read(root + (long) FIRST_ENTRY * Long.BYTES, bytes, 0, bytes.length);
    long[] half = new long[ENTRIES - FIRST_ENTRY];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(half);
    return half;
  }
}
