package org.vmcore.dumpreader;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.format.kdump.KdumpCompressed;

/**
 * A machine of 12 TiB of which makedumpfile kept 4 GiB, a page here and there: what opening costs
 * is its bitmap, and what a read costs does not depend on the machine.
 */
@Tag("slow")
class LargeMachineTest {
  private static final int PAGE = 4096;
  private static final long PAGES = (12L << 40) / PAGE;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static long allocated() {
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  /** Without a cache: it would answer more of the small machine's reads. */
  private static Dump open(Machine machine) throws IOException, DumpException {
    return new KdumpCompressed().open(machine, new OpenOptions(0, Progress.SILENT)).orElseThrow();
  }

  @Test
  void openingReadsAndKeepsTheBitmapAndNothingElse() throws Exception {
    // A bit per page, and an eighth more for the directory.
    long needed = PAGES / 8 / 8 * 9;
    assumeTrue(
        Runtime.getRuntime().maxMemory() > 3 * needed,
        "the test's JVM may not use %d MiB".formatted((3 * needed) >> 20));
    // Classes are loaded, which takes memory too.
    open(new Machine(PAGES / 1024));
    Machine machine = new Machine(PAGES);
    long before = allocated();

    Dump dump = open(machine);

    assertThat(machine.bytesRead).isBetween(PAGES / 8, PAGES / 8 + (256 << 10));
    assertThat(allocated() - before).isLessThan(needed + (16 << 20));
    assertThat(dump.info().fileSize()).isGreaterThan(4L << 30);

    machine.bytesRead = 0;
    long last = (PAGES / Machine.STEP - 1) * Machine.STEP + Machine.KEPT;
    assertThat(dump.memory().nextPresent(last * PAGE)).isEqualTo(last * PAGE);
    assertThat(dump.memory().nextPresent((last - 1) * PAGE)).isEqualTo(last * PAGE);
    assertThat(dump.memory().nextPresent(12L << 39) / PAGE % Machine.STEP).isEqualTo(Machine.KEPT);
    assertThat(machine.bytesRead).as("read to find pages").isZero();

    assertSameCostAsOnASmallMachine(machine, dump);
  }

  @Test
  void aMachineOf96TiBCostsWhatWasKeptOfIt() throws Exception {
    // Classes are loaded, which takes memory too.
    open(new Machine(PAGES / 1024));
    Machine machine = new Machine(8 * PAGES, 1024 * Machine.STEP);
    long before = allocated();

    Dump dump = open(machine);

    assertThat(allocated() - before).isLessThan(128 << 20);
    long last = (8 * PAGES / machine.step - 1) * machine.step + Machine.KEPT;
    assertThat(dump.memory().nextPresent((last - 1) * PAGE)).isEqualTo(last * PAGE);
    assertThat(dump.memory().nextPresent((last + 1) * PAGE)).isEqualTo(PhysicalMemory.NONE);
    byte[] bytes = new byte[Long.BYTES];
    assertThat(dump.memory().read(last * PAGE, bytes, 0, bytes.length).isComplete()).isTrue();
    assertThat(ByteBuffer.wrap(bytes).getLong()).isEqualTo(8 * PAGES / machine.step);
  }

  private static void assertSameCostAsOnASmallMachine(Machine large, Dump largeDump)
      throws Exception {
    Machine small = new Machine(PAGES / 1024);
    Dump smallDump = open(small);
    // Classes, and the buffers of this thread.
    cost(small, smallDump, 0);

    Cost onSmall = cost(small, smallDump, 1);
    Cost onLarge = cost(large, largeDump, 1);

    assertThat(onLarge.bytesRead).isEqualTo(onSmall.bytesRead);
    assertThat(onLarge.reads).isEqualTo(onSmall.reads);
    assertThat(onLarge.allocated).isBetween(onSmall.allocated / 2, 2 * onSmall.allocated);
  }

  private record Cost(long bytesRead, long reads, long allocated) {}

  /** Reads 8 bytes of each of a thousand pages, all over the machine. */
  private static Cost cost(Machine machine, Dump dump, int seed) {
    Random random = new Random(seed);
    machine.bytesRead = 0;
    machine.reads = 0;
    byte[] bytes = new byte[Long.BYTES];
    long before = allocated();
    for (int i = 0; i < 1000; i++) {
      long number = Math.floorMod(random.nextLong(), machine.pages / Machine.STEP);
      long address = (number * Machine.STEP + Machine.KEPT) * PAGE + 8L * random.nextInt(500);
      PhysicalRead read = dump.memory().read(address, bytes, 0, bytes.length);
      if (!read.isComplete() || ByteBuffer.wrap(bytes).getLong() != number + 1) {
        throw new AssertionError("at %#x: %s".formatted(address, read));
      }
    }
    return new Cost(machine.bytesRead, machine.reads, allocated() - before);
  }

  /**
   * The dump's file, made up where it is read. Of each {@link #step} pages one is dumped, plain; it
   * is full of its number among the dumped ones, counted from 1.
   */
  private static final class Machine implements DumpInput {
    /** A multiple of 64, so that the page is the same bit of some word. */
    static final int STEP = 3072;

    static final int KEPT = 69;

    final long pages;
    final int step;
    long bytesRead;
    long reads;
    private final long bitmapBytes;
    private final long bitmapsAt = 2 * PAGE;
    private final long descriptorsAt;
    private final long dataAt;
    private final byte[] headers = new byte[2 * PAGE];

    Machine(long pages) {
      this(pages, STEP);
    }

    Machine(long pages, int step) {
      this.pages = pages;
      this.step = step;
      bitmapBytes = (pages / 8 + PAGE - 1) / PAGE * PAGE;
      descriptorsAt = bitmapsAt + 2 * bitmapBytes;
      dataAt = descriptorsAt + pages / step * 24;
      ByteBuffer header = ByteBuffer.wrap(headers).order(ByteOrder.LITTLE_ENDIAN);
      header.put(0, "KDUMP   ".getBytes(ISO_8859_1)).putInt(8, 6);
      header.putInt(428, PAGE).putInt(432, 1).putInt(436, (int) (2 * bitmapBytes / PAGE));
      header.putLong(PAGE + 96, pages);
    }

    @Override
    public String name() {
      return "large";
    }

    @Override
    public long size() {
      return dataAt + pages / step * PAGE;
    }

    @Override
    public int read(long position, byte[] destination, int offset, int length) {
      int got = (int) Math.max(0, Math.min(length, size() - position));
      bytesRead += got;
      reads++;
      Arrays.fill(destination, offset, offset + got, (byte) 0);
      if (position < bitmapsAt) {
        int inHeaders = (int) Math.min(got, bitmapsAt - position);
        System.arraycopy(headers, (int) position, destination, offset, inHeaders);
      } else if (position < descriptorsAt) {
        fillBitmap((position - bitmapsAt) % bitmapBytes, destination, offset, got);
      } else {
        for (int i = 0; i < got; i++) {
          destination[offset + i] = tail(position + i);
        }
      }
      return got;
    }

    private void fillBitmap(long from, byte[] destination, int offset, int length) {
      int period = step / 8;
      long first = (from - KEPT / 8 + period - 1) / period;
      for (long at = first * period + KEPT / 8; at < from + length; at += period) {
        destination[offset + (int) (at - from)] = 1 << (KEPT % 8);
      }
    }

    private byte tail(long position) {
      if (position >= dataAt) {
        long word = (position - dataAt) / PAGE + 1;
        return (byte) (word >>> (56 - 8 * (position % 8)));
      }
      long number = (position - descriptorsAt) / 24;
      int inDescriptor = (int) ((position - descriptorsAt) % 24);
      long offset = dataAt + number * PAGE;
      return (byte)
          (inDescriptor < 8
              ? offset >>> (8 * inDescriptor)
              : inDescriptor < 12 ? PAGE >>> (8 * (inDescriptor - 8)) : 0);
    }

    @Override
    public void close() {}
  }
}
