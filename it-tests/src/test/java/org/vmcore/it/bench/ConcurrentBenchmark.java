package org.vmcore.it.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.vmcore.it.bench.BenchClient.packet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.rsp.Limits;
import org.vmcore.gdbstub.rsp.Session;
import org.vmcore.gdbstub.stub.VmcoreTarget;

/**
 * Sessions of one machine that all read at once, a page a packet: how many pages they get together.
 * Where nothing is shared but what is read, that grows with their number up to the number of cores.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ConcurrentBenchmark {

  /** The machine that they look at. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH calls the method that opens the dump
  public static class Machine {
    /** Bytes for unpacked pages: none, so that each is unpacked for each read, or as usual. */
    @Param({"none", "usual"})
    public String cache;

    private CrashedMachine machine;
    private final List<byte[]> pages = new ArrayList<>();

    @Setup(Level.Trial)
    public void open() throws IOException, DumpException {
      DemoMachine demo = DemoMachine.builder().build();
      OpenOptions open =
          cache.equals("none") ? new OpenOptions(0, Progress.SILENT) : OpenOptions.defaults();
      machine =
          CrashedMachine.open(
              List.of(BenchDump.write(demo.dump(), "ZLIB")),
              new MachineOptions(Optional.empty(), Optional.empty(), Map.of(), open));
      PhysicalMemory memory = machine.dump().memory();
      for (long at = memory.nextPresent(0);
          at != PhysicalMemory.NONE;
          at = memory.nextPresent((at & -BenchDump.PAGE) + BenchDump.PAGE)) {
        pages.add(packet("m%x,%x".formatted(at & -BenchDump.PAGE, BenchDump.PAGE)));
      }
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
      machine.close();
    }
  }

  /** One of those who look. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init") // JMH calls the method that connects
  public static class Reader {
    private final BenchClient client = new BenchClient();
    private Session session;
    private int next;

    @Setup(Level.Trial)
    public void connect(Machine machine) throws MissingFactException {
      session =
          new Session(
              new VmcoreTarget(machine.machine, view -> (command, cpu, console) -> {}),
              Limits.DEFAULT,
              client);
      feed(packet("QStartNoAckMode"));
      feed("+".getBytes(ISO_8859_1));
      feed(packet("Qqemu.PhyMemMode:1"));
      // They are all elsewhere.
      next = (int) (Thread.currentThread().getId() * 7919 % machine.pages.size());
    }

    private long feed(byte[] bytes) {
      session.feed(bytes, 0, bytes.length);
      return client.sent();
    }

    private long read(Machine machine) {
      next = (next + 1) % machine.pages.size();
      return feed(machine.pages.get(next));
    }
  }

  @Benchmark
  @Threads(1)
  public long sessions1(Machine machine, Reader reader) {
    return reader.read(machine);
  }

  @Benchmark
  @Threads(2)
  public long sessions2(Machine machine, Reader reader) {
    return reader.read(machine);
  }

  @Benchmark
  @Threads(4)
  public long sessions4(Machine machine, Reader reader) {
    return reader.read(machine);
  }

  @Benchmark
  @Threads(8)
  public long sessions8(Machine machine, Reader reader) {
    return reader.read(machine);
  }
}
