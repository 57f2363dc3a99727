package org.vmcore.gdbstub.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmcore.gdbstub.rsp.Limits;
import org.vmcore.gdbstub.rsp.Target;
import org.vmcore.gdbstub.rsp.TestTarget;
import org.vmcore.gdbstub.rsp.ThreadId;
import org.vmcore.gdbstub.rsp.Wire;

@Timeout(180)
class GdbServerTest {
  private static final ListenAddress ANY_PORT = ListenAddress.parse("0");

  @BeforeAll
  static void watchBuffers() {
    Leaks.watch();
  }

  @AfterAll
  static void noBufferLeaked() {
    assertThat(Leaks.found()).isEmpty();
  }

  private static GdbServer start(Options options) throws IOException {
    return GdbServer.start(ANY_PORT, TestTarget::new, options);
  }

  @Test
  void eightDebuggersHaveEachTheirOwnSelection() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try (GdbServer server = start(Options.DEFAULT)) {
      List<Callable<Void>> debuggers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        int thread = i % 3 + 1;
        debuggers.add(() -> hammer(server, thread));
      }
      for (Future<Void> debugger : pool.invokeAll(debuggers)) {
        debugger.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static Void hammer(GdbServer server, int thread) throws IOException {
    try (TestClient gdb = TestClient.tcp(server).quiet()) {
      gdb.ask("Hg" + thread);
      boolean physical = thread == 2;
      gdb.ask("Qqemu.PhyMemMode:" + (physical ? 1 : 0));
      for (int round = 0; round < 200; round++) {
        assertThat(gdb.ask("p10")).isEqualTo("100" + (thread - 1) + "000000000000");
        assertThat(gdb.ask("m0,4")).isEqualTo(physical ? "70687973" : "E0e");
        assertThat(gdb.ask("qC")).isEqualTo("QC" + thread);
      }
    }
    return null;
  }

  @Test
  void aDebuggerThatDiesTakesNobodyAlong() throws Exception {
    try (GdbServer server = start(Options.DEFAULT);
        TestClient survivor = TestClient.tcp(server).quiet()) {
      for (int i = 0; i < 20; i++) {
        TestClient victim = TestClient.tcp(server).quiet();
        // Half with a reset, half politely; in the middle of a packet or of a reply.
        if (i % 2 == 0) {
          victim.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        byte[] packet = Wire.frame("xffff889000000000,30000");
        victim.send(i % 3 == 0 ? Arrays.copyOf(packet, packet.length - 2) : packet);
        victim.close();
        assertThat(survivor.ask("qC")).isEqualTo("QC2");
      }
    }
  }

  @Test
  void aDebuggerThatNeverReadsIsHeldBack() throws Exception {
    try (GdbServer server = start(Options.DEFAULT);
        TestClient other = TestClient.tcp(server).quiet();
        TestClient flood = TestClient.tcp(server).quiet()) {
      byte[] requests =
          new String(Wire.frame("mffff889000000000,20000"), StandardCharsets.ISO_8859_1)
              .repeat(1000)
              .getBytes(StandardCharsets.ISO_8859_1);
      flood.channel().configureBlocking(false);
      long accepted = 0;
      int idle = 0;
      while (idle < 20) {
        int count = flood.channel().write(ByteBuffer.wrap(requests));
        accepted += count;
        if (count == 0) {
          idle++;
          TimeUnit.MILLISECONDS.sleep(20);
        } else {
          idle = 0;
        }
        assertThat(accepted).as("bytes taken without an end").isLessThan(64 << 20);
      }
      // Held back, and nobody else notices.
      assertThat(other.ask("qC")).isEqualTo("QC2");
      // What was taken is still answered, as soon as it is read.
      flood.channel().configureBlocking(true);
      for (int i = 0; i < 50; i++) {
        assertThat(flood.answer()).hasSize(0x40000 - 4);
      }
    }
  }

  @Test
  void anOversizedPacketEndsItsSessionOnly() throws Exception {
    try (GdbServer server = start(Options.DEFAULT.withLimits(new Limits(2048)));
        TestClient other = TestClient.tcp(server).quiet();
        TestClient gdb = TestClient.tcp(server).quiet()) {
      gdb.send(Wire.frame("q" + "x".repeat(3000)));
      assertThat(gdb.isClosed()).isTrue();
      assertThat(other.ask("qC")).isEqualTo("QC2");
    }
  }

  @Test
  void detachingClosesTheConnection() throws Exception {
    try (GdbServer server = start(Options.DEFAULT);
        TestClient gdb = TestClient.tcp(server).quiet()) {
      assertThat(gdb.ask("D;1")).isEqualTo("OK");
      assertThat(gdb.isClosed()).isTrue();
      try (TestClient again = TestClient.tcp(server)) {
        assertThat(again.ask("qC")).isEqualTo("QC2");
      }
    }
  }

  @Test
  void onceEndsAfterTheLastDebugger() throws Exception {
    try (GdbServer server = start(Options.DEFAULT.withOnce(true))) {
      TestClient first = TestClient.tcp(server).quiet();
      TestClient second = TestClient.tcp(server).quiet();
      first.close();
      assertThat(second.ask("qC")).isEqualTo("QC2");
      second.close();
      server.awaitClosed();
      assertThatThrownBy(() -> TestClient.tcp(server)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void oneDebuggerTooManyIsTurnedAway() throws Exception {
    try (GdbServer server = start(Options.DEFAULT.withMaxSessions(2));
        TestClient first = TestClient.tcp(server).quiet();
        TestClient second = TestClient.tcp(server).quiet();
        TestClient third = TestClient.tcp(server)) {
      assertThat(third.isClosed()).isTrue();
      first.ask("D");
      assertThat(first.isClosed()).isTrue();
      assertThat(second.ask("qC")).isEqualTo("QC2");
      // The place of the first may take a moment to be free.
      for (boolean in = false; !in; ) {
        try (TestClient fourth = TestClient.tcp(server).quiet()) {
          in = fourth.ask("qC").equals("QC2");
        } catch (IOException turnedAway) {
          TimeUnit.MILLISECONDS.sleep(10);
        }
      }
    }
  }

  @Test
  void whoSaysNothingIsHungUpOnAndWhoSpeaksIsNot() throws Exception {
    try (GdbServer server = start(Options.DEFAULT.withPatienceMillis(1500));
        TestClient debugger = TestClient.tcp(server).quiet();
        TestClient silent = TestClient.tcp(server)) {
      assertThat(silent.isClosed()).isTrue();
      assertThat(debugger.ask("qC")).isEqualTo("QC2");
    }
  }

  /** As a scan of ports does, or a script that connects and hangs, or a browser. */
  @ParameterizedTest
  @ValueSource(strings = {"", "+", "$qSupported", "GET / HTTP/1.1\r\n\r\n"})
  void silentClientsLockNobodyOut(String word) throws Exception {
    List<TestClient> silent = new ArrayList<>();
    try (GdbServer server = start(Options.DEFAULT.withMaxSessions(3))) {
      for (int i = 0; i < 3; i++) {
        silent.add(TestClient.tcp(server));
        silent.get(i).send(word.getBytes(StandardCharsets.ISO_8859_1));
      }
      try (TestClient debugger = TestClient.tcp(server).quiet()) {
        assertThat(debugger.ask("qC")).isEqualTo("QC2");
      }
    } finally {
      for (TestClient client : silent) {
        client.close();
      }
    }
  }

  /** Two small segments would wake the debugger twice. */
  @Test
  void anAcknowledgementComesWithItsAnswer() throws Exception {
    try (GdbServer server = start(Options.DEFAULT);
        TestClient gdb = TestClient.tcp(server)) {
      boolean together = false;
      // A busy machine may part them, but not always.
      for (int i = 0; i < 1000 && !together; i++) {
        gdb.send(Wire.frame("qC"));
        ByteBuffer first = ByteBuffer.allocate(100);
        gdb.channel().read(first);
        together = first.position() == 1 + Wire.frame("QC2").length;
        if (first.position() == 1) {
          gdb.answer();
        }
      }
      assertThat(together).isTrue();
    }
  }

  @Test
  void aRequestIsAcknowledgedWhileItsAnswerTakesLong() throws Exception {
    CountDownLatch acknowledged = new CountDownLatch(1);
    Target slow =
        new TestTarget() {
          @Override
          public List<ThreadInfo> threads() {
            try {
              acknowledged.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return super.threads();
          }

          @Override
          public ThreadId currentThread() {
            return super.threads().get(0).id();
          }
        };
    try (GdbServer server = GdbServer.start(ANY_PORT, () -> slow, Options.DEFAULT);
        TestClient gdb = TestClient.tcp(server)) {
      gdb.send(Wire.frame("qfThreadInfo"));

      ByteBuffer first = ByteBuffer.allocate(100);
      gdb.channel().read(first);
      assertThat(first.position()).isEqualTo(1);
      assertThat(first.get(0)).isEqualTo((byte) '+');

      acknowledged.countDown();
      assertThat(gdb.answer()).isEqualTo("m1,2,3");
    }
  }

  /** The second is what a program meets whose files are replaced while it runs. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTargetThatCannotBeMadeEndsItsSession(boolean lacksClass) throws Exception {
    try (GdbServer server =
            GdbServer.start(
                ANY_PORT,
                () -> {
                  if (lacksClass) {
                    throw new NoSuchMethodError("as asked");
                  }
                  throw new IllegalStateException("as asked");
                },
                Options.DEFAULT);
        TestClient gdb = TestClient.tcp(server)) {
      assertThat(gdb.isClosed()).isTrue();
    }
  }

  @Test
  void closingEndsEverySession() throws Exception {
    GdbServer server = start(Options.DEFAULT);
    try (TestClient gdb = TestClient.tcp(server).quiet()) {
      server.close();
      assertThat(gdb.isClosed()).isTrue();
      server.close();
      server.awaitClosed();
    }
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    try (GdbServer server = start(Options.DEFAULT)) {
      assertThatThrownBy(() -> GdbServer.start(server.address(), TestTarget::new, Options.DEFAULT))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(
              "cannot listen on 127.0.0.1:" + server.port() + ": in use already; choose another")
          .hasMessageNotContaining("\n");
    }
  }

  @Test
  void anAddressOfAnotherMachineIsNamed() {
    for (String address : List.of("192.0.2.1:0", "no-such-host.invalid:0")) {
      assertThatThrownBy(
              () -> GdbServer.start(ListenAddress.parse(address), TestTarget::new, Options.DEFAULT))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("cannot listen on " + address)
          .hasMessageContaining("--listen");
    }
  }

  @Test
  void aUnixSocketComesAndGoes(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("gdb.sock");
    ListenAddress address = ListenAddress.parse("unix:" + path);
    try (GdbServer server = GdbServer.start(address, TestTarget::new, Options.DEFAULT);
        TestClient gdb = TestClient.unix(path).quiet()) {
      assertThat(gdb.ask("qC")).isEqualTo("QC2");
      assertThat(server.port()).isEqualTo(-1);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-------");
      assertThatThrownBy(() -> GdbServer.start(address, TestTarget::new, Options.DEFAULT))
          .hasMessage("cannot listen on " + address + ": in use already; name another path");
      assertThat(gdb.ask("qC")).isEqualTo("QC2");
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void aStaleUnixSocketIsReplacedAndAFileIsNot(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("stale.sock");
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();
    ListenAddress address = ListenAddress.parse("unix:" + path);
    try (GdbServer server = GdbServer.start(address, TestTarget::new, Options.DEFAULT);
        TestClient gdb = TestClient.unix(path)) {
      assertThat(gdb.ask("qC")).isEqualTo("QC2");
      assertThat(server.address()).isEqualTo(address);
    }
    Files.writeString(path, "precious");
    assertThatThrownBy(() -> GdbServer.start(address, TestTarget::new, Options.DEFAULT))
        .hasMessageContaining("that file exists and is no socket");
    assertThat(path).hasContent("precious");
  }

  /** Buffers that nobody released. Netty notices when they are collected and a next one is made. */
  private static final class Leaks {
    private static final List<String> found = new ArrayList<>();

    static void watch() {
      ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
      ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(
          new ResourceLeakDetectorFactory() {
            @Override
            @SuppressWarnings("deprecation")
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                Class<T> resource, int interval, long maxActive) {
              ResourceLeakDetector<T> detector = new ResourceLeakDetector<>(resource, interval);
              detector.setLeakListener(
                  (type, records) -> {
                    synchronized (found) {
                      found.add(type + ": " + records);
                    }
                  });
              return detector;
            }
          });
    }

    static List<String> found() {
      for (int i = 0; i < 3; i++) {
        System.gc();
        ByteBufAllocator.DEFAULT.buffer(1).release();
      }
      synchronized (found) {
        return List.copyOf(found);
      }
    }
  }
}
