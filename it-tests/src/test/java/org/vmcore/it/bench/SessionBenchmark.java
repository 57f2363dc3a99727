package org.vmcore.it.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.vmcore.it.bench.BenchClient.packet;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.gdbstub.demo.DemoMachine;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.machine.MachineOptions;
import org.vmcore.gdbstub.rsp.Limits;
import org.vmcore.gdbstub.rsp.Session;
import org.vmcore.gdbstub.stub.VmcoreTarget;

/** One packet's way through a session and back, without the network. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH calls the method that opens the dump
public class SessionBenchmark {
  private CrashedMachine machine;
  private Session session;
  private final BenchClient client = new BenchClient();
  private byte[] readWord;
  private byte[] readPage;
  private byte[] readRegisters;
  private byte[] selectThread;

  @Setup(Level.Trial)
  public void connect() throws IOException, DumpException, MissingFactException {
    DemoMachine demo = DemoMachine.builder().build();
    machine =
        CrashedMachine.open(
            List.of(BenchDump.write(demo.dump(), "ZLIB")), MachineOptions.defaults());
    session =
        new Session(
            new VmcoreTarget(machine, view -> (command, cpu, console) -> {}),
            Limits.DEFAULT,
            client);
    long stack = demo.truth().crashedCpu().register("rsp") & -Long.BYTES;
    long text = demo.truth().symbol("_stext");
    readWord = packet("m%x,8".formatted(stack));
    readPage = packet("m%x,1000".formatted(text));
    readRegisters = packet("g");
    selectThread = packet("Hgp1.1");
    feed(packet("QStartNoAckMode"));
    feed("+".getBytes(ISO_8859_1));
  }

  @TearDown(Level.Trial)
  public void disconnect() throws IOException {
    machine.close();
  }

  private long feed(byte[] bytes) {
    session.feed(bytes, 0, bytes.length);
    return client.sent();
  }

  /** What gdb sends most: a word. */
  @Benchmark
  public long readWord() {
    return feed(readWord);
  }

  /** A page, in hexadecimal. */
  @Benchmark
  public long readPage() {
    return feed(readPage);
  }

  @Benchmark
  public long readRegisters() {
    return feed(readRegisters);
  }

  @Benchmark
  public long selectThread() {
    return feed(selectThread);
  }
}
