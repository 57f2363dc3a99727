package org.vmcore.dumpreader;

import org.vmcore.dumpreader.DumpFormats;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.write.SyntheticDump;

/** What a fuzzer runs: opens bytes as any user would, and reads of the result. */
public final class FuzzTarget {
  /** A reader that asks for more than this for inputs of some 100 KiB believed a wrong size. */
  private static final long MAX_ALLOCATION = 64L << 20;

  private static final int READS = 20;
  private static final OpenOptions OPTIONS = new OpenOptions(1 << 16, Progress.SILENT);

  private FuzzTarget() {}

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] data) {
    run(data);
  }

  /**
   * @throws AssertionError when a small input makes the reader ask for much memory
   * @throws RuntimeException when the reader fails otherwise than it may
   */
  static void run(byte[] data) {
    // Classes that are loaded the first time cost memory too, most under a fuzzer.
    if (allocation(data) > MAX_ALLOCATION) {
      long again = allocation(data);
      if (again > MAX_ALLOCATION) {
        throw new AssertionError("allocated %d bytes".formatted(again));
      }
    }
  }

  private static long allocation(byte[] data) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    try {
      read(DumpFormats.open(new BytesInput("fuzz", data), OPTIONS).memory());
    } catch (IOException | DumpException e) {
      // The two answers that a damaged file may have.
    }
    return threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
  }

  private static void read(PhysicalMemory memory) {
    byte[] bytes = new byte[2 * SyntheticDump.PAGE_SIZE];
    long at = memory.nextPresent(0);
    for (int i = 0; i < READS && at != PhysicalMemory.NONE; i++) {
      memory.read(at, bytes, 0, bytes.length);
      long next = at + SyntheticDump.PAGE_SIZE;
      at = next == 0 ? PhysicalMemory.NONE : memory.nextPresent(next);
    }
    int[] left = {READS};
    memory.forEachRange(
        (start, length, presence) -> {
          if (left[0]-- > 0) {
            memory.read(start, bytes, 0, Long.BYTES);
            memory.read(start + length - Long.BYTES, bytes, 0, 2 * Long.BYTES);
          }
        });
  }
}
