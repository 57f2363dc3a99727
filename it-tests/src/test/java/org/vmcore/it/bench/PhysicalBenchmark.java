package org.vmcore.it.bench;

import java.io.IOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.vmcore.dumpreader.DumpFormats;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.input.FileInput;

/** From a physical address to its bytes: finding the page, and decompressing it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH calls the method that opens the dump
public class PhysicalBenchmark {
  private static final int MEBIBYTE = 1 << 20;
  private static final int ADDRESSES = 1 << 14;

  @Param({"ELF", "PLAIN", "ZLIB", "LZO", "SNAPPY", "ZSTD"})
  public String format;

  private FileInput input;
  private PhysicalMemory cold;
  private PhysicalMemory hot;
  private final long[] addresses = new long[ADDRESSES];
  private final byte[] buffer = new byte[MEBIBYTE];
  private int next;

  @Setup(Level.Trial)
  public void open() throws IOException, DumpException {
    input = FileInput.open(BenchDump.write(BenchDump.memory(), format));
    cold = DumpFormats.open(input, new OpenOptions(0, Progress.SILENT)).memory();
    hot = DumpFormats.open(input, OpenOptions.defaults()).memory();
    for (long at = 0; at < BenchDump.SIZE; at += MEBIBYTE) {
      hot.read(at, buffer, 0, MEBIBYTE);
    }
    Random random = new Random(1);
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = random.nextLong(BenchDump.SIZE / Long.BYTES) * Long.BYTES;
    }
  }

  @TearDown(Level.Trial)
  public void close() throws IOException {
    input.close();
  }

  private long address() {
    next = (next + 1) & (ADDRESSES - 1);
    return addresses[next];
  }

  /** Whether a page is there: the bitmap or the list of extents. */
  @Benchmark
  public long lookUpPage() {
    return hot.nextPresent(address());
  }

  /** 8 bytes of a page in the cache. */
  @Benchmark
  public int readHotWord() {
    return hot.read(address(), buffer, 0, Long.BYTES).length();
  }

  /** 8 bytes without a cache: every read decompresses a page. */
  @Benchmark
  public int readColdWord() {
    return cold.read(address(), buffer, 0, Long.BYTES).length();
  }

  /** 1 MiB without a cache, on several cores. */
  @Benchmark
  @OutputTimeUnit(TimeUnit.MICROSECONDS)
  public int readColdMebibyte() {
    return cold.read(address() & -MEBIBYTE, buffer, 0, MEBIBYTE).length();
  }
}
