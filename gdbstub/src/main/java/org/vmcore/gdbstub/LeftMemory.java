package org.vmcore.gdbstub;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Has the memory collected that sessions, or dumps that were examined, have left. Java's collectors
 * look at what has grown old only when the system has no more to give, though hardly any of it is
 * still in use; what runs for weeks or over thousands of dumps beside others would have all that
 * there is.
 */
public final class LeftMemory {
  private static final long PERIOD_MILLIS = 1000;

  /** What may have been left since memory was last looked at. */
  static final long MOST_BYTES = 64L << 20;

  static {
    Thread watch = new Thread(LeftMemory::run, "left-memory");
    watch.setDaemon(true);
    watch.start();
  }

  private LeftMemory() {}

  /** Begins, if it has not begun. */
  public static void watch() {
    // The class is initialized.
  }

  private static void run() {
    try {
      // Not at first, when there is more to do.
      Thread.sleep(PERIOD_MILLIS);
      List<MemoryPoolMXBean> pools =
          ManagementFactory.getMemoryPoolMXBeans().stream()
              // That of what is old, whatever the collector calls it.
              .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
              .toList();
      while (true) {
        if (pools.stream().anyMatch(LeftMemory::hasMuch)) {
          System.gc();
        }
        Thread.sleep(PERIOD_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean hasMuch(MemoryPoolMXBean pool) {
    @Nullable MemoryUsage now = pool.getUsage();
    @Nullable MemoryUsage collected = pool.getCollectionUsage();
    return now != null && collected != null && isMuch(now.getUsed(), collected.getUsed());
  }

  /**
   * Whether it is worth looking, which takes longer the more is in use.
   *
   * @param used bytes
   * @param live bytes that were in use when all was looked at; 0 before
   */
  static boolean isMuch(long used, long live) {
    return used - live > Math.max(MOST_BYTES, live / 2);
  }
}
