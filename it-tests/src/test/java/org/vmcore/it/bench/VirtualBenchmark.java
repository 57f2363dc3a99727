package org.vmcore.it.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;

/** From a virtual address to its bytes: the page tables, with and without what is remembered. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH calls the method that opens the dump
public class VirtualBenchmark {
  @Param({"4", "5"})
  public int levels;

  private CrashedMachine hotMachine;
  private CrashedMachine coldMachine;
  private VirtualMemory hot;
  private VirtualMemory cold;
  private long stack;
  private final byte[] buffer = new byte[Long.BYTES];

  @Setup(Level.Trial)
  public void open() throws IOException, DumpException, MissingFactException {
    DemoMachine demo = DemoMachine.builder().levels(levels).build();
    Path file = BenchDump.write(demo.dump(), "ZLIB");
    hotMachine = CrashedMachine.open(List.of(file), MachineOptions.defaults());
    hot = hotMachine.kernelSpace().virtual();
    MachineOptions usual = MachineOptions.defaults();
    coldMachine =
        CrashedMachine.open(
            List.of(file),
            new MachineOptions(
                usual.vmcoreinfo(),
                usual.vmlinux(),
                usual.archOptions(),
                new OpenOptions(0, Progress.SILENT)));
    cold = coldMachine.kernelSpace().virtual();
    // The crashed task's stack is in vmalloc memory: small pages, all levels.
    stack = demo.truth().crashedCpu().register("rsp") & -Long.BYTES;
  }

  @TearDown(Level.Trial)
  public void close() throws IOException {
    hotMachine.close();
    coldMachine.close();
  }

  /** All levels, from pages in the cache. */
  @Benchmark
  public Translation walkHotTables() {
    return hot.pageTable().translate(stack);
  }

  /** All levels, each decompressed again. */
  @Benchmark
  public Translation walkColdTables() {
    return cold.pageTable().translate(stack);
  }

  /** The walk that is shown to people. */
  @Benchmark
  public PageWalk explainWalk() {
    return hot.walk(stack);
  }

  /** A translation that is remembered. */
  @Benchmark
  public Translation translateAgain() {
    return hot.translate(stack);
  }

  /** 8 bytes, with the translation and the page remembered. */
  @Benchmark
  public int readHotWord() {
    return hot.read(stack, buffer, 0, Long.BYTES).length();
  }

  /** 8 bytes, with the translation remembered and the page decompressed again. */
  @Benchmark
  public int readColdWord() {
    return cold.read(stack, buffer, 0, Long.BYTES).length();
  }
}
