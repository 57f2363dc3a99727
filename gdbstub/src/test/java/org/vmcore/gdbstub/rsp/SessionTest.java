package org.vmcore.gdbstub.rsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SessionTest {
  private final Conversation plain = new Conversation(new TestTarget());

  @Test
  void aDamagedPacketIsAskedForAgain() {
    assertThat(feed(plain, "$?#00")).containsExactly("-");
    assertThat(feed(plain, "$?#3f")).containsExactly("+", "T0bthread:2;core:1;");
  }

  @Test
  void withoutAcknowledgementsADamagedPacketIsAnError() {
    Conversation gdb = Conversation.withGdb(new TestTarget());
    assertThat(feed(gdb, "$?#00")).containsExactly("E01");
    assertThat(feed(gdb, "-")).isEmpty();
    assertThat(feed(gdb, "$?#3f")).containsExactly("T0bthread:p1.2;core:1;");
  }

  @Test
  void theLastReplyIsSentAgain() {
    plain.ask("qC");
    assertThat(feed(plain, "-")).containsExactly("QC2");
    assertThat(feed(plain, "+-")).containsExactly("QC2");
  }

  /**
   * What a gdb sends whose server takes its time to start: the same again every 2 seconds, until it
   * is acknowledged (remote.c, putpkt_binary). It takes each answer for that to its next request.
   */
  @Test
  void whatGdbRepeatsIsAnsweredOnce() {
    String supported = new String(Wire.frame("qSupported:qRelocInsn+"), StandardCharsets.US_ASCII);
    assertThat(feed(plain, "+" + supported.repeat(3)))
        .satisfiesExactly(
            ack -> assertThat(ack).isEqualTo("+"),
            answer -> assertThat(answer).startsWith("PacketSize="),
            ack -> assertThat(ack).isEqualTo("+"),
            ack -> assertThat(ack).isEqualTo("+"));
    // Now it has the answer: the same once more is a request of its own.
    assertThat(feed(plain, "+" + supported)).hasSize(2);
    assertThat(feed(plain, "+$vMustReplyEmpty#3a")).containsExactly("+", "");
    assertThat(feed(plain, "+$QStartNoAckMode#b0")).containsExactly("+", "OK");
    assertThat(feed(plain, "$QStartNoAckMode#b0")).containsExactly("+");
    assertThat(feed(plain, "+$qC#b4$qC#b4")).containsExactly("QC2", "QC2");
  }

  @Test
  void gdbIsKeptWaitingForWhatTakesLong() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch ready = new CountDownLatch(1);
    Conversation gdb =
        Conversation.withGdb(
            new TestTarget() {
              @Override
              public Optional<String> executable() {
                return Optional.of("/vmlinux");
              }

              @Override
              public void awaitFiles(Duration atMost) {
                assertThat(atMost).isGreaterThan(Duration.ofHours(1));
                asked.countDown();
                awaitUninterruptibly(ready);
              }
            });
    gdb.showLife();
    CompletableFuture<List<String>> answers =
        CompletableFuture.supplyAsync(() -> gdb.askAll("qXfer:exec-file:read:1:0,1000"));
    asked.await();
    while (gdb.sentBytes() == 0) {
      gdb.showLife();
      Thread.onSpinWait();
    }
    ready.countDown();
    assertThat(answers.get()).startsWith("+").endsWith("l/vmlinux");
    gdb.showLife();
    assertThat(gdb.askAll("qC")).containsExactly("QCp1.2");
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anInterruptHasNoReply() {
    assertThat(feed(plain, "\003$qC#b4")).containsExactly("+", "QC2");
  }

  @Test
  void anOversizedPacketEndsTheSession() {
    Conversation small = new Conversation(new TestTarget(), new Limits(1024));
    assertThat(small.ask("q" + "x".repeat(1023))).isEmpty();
    assertThat(small.isFinished()).isFalse();
    assertThat(small.askAll("q" + "x".repeat(1024))).isEmpty();
    assertThat(small.isFinished()).isTrue();
    assertThat(small.askAll("?")).isEmpty();
  }

  @Test
  void detachAndKillEndTheSession() {
    assertThat(plain.askAll("D;1")).containsExactly("+", "OK");
    assertThat(plain.isFinished()).isTrue();
    assertThat(plain.askAll("?")).isEmpty();

    Conversation gdb = new Conversation(new TestTarget());
    gdb.ask("qSupported:qRelocInsn+");
    assertThat(gdb.askAll("k")).containsExactly("+");
    assertThat(gdb.isFinished()).isTrue();

    // LLDB waits for an answer: killed by signal 9.
    Conversation lldb = new Conversation(new TestTarget());
    assertThat(lldb.askAll("k")).containsExactly("+", "X09");
    assertThat(lldb.isFinished()).isTrue();
  }

  @Test
  void aFaultOfOursCostsOnePacket() {
    Conversation gdb17 = new Conversation(new TestTarget());
    gdb17.ask("qSupported:qRelocInsn+;error-message+");
    String fail = HexFormat.of().formatHex("fail".getBytes(StandardCharsets.US_ASCII));
    assertThat(gdb17.ask("qRcmd," + fail))
        .isEqualTo("E.internal error: java.lang.IllegalArgumentException: as asked");
    assertThat(gdb17.ask("?")).startsWith("T0b");
  }

  @Test
  void memoryIsReadAsFarAsItGoes() {
    Conversation gdb = Conversation.withGdb(new TestTarget());
    assertThat(gdb.ask("mffffffff81000ffe,100")).isEqualTo("feff");
    assertThat(gdb.ask("mffffffff81001000,100")).isEqualTo("E0e");
    // As much as fits a packet, however much was asked for.
    assertThat(gdb.ask("mffff888000000000,ffffffffffffffff"))
        .hasSize(Limits.DEFAULT.packetSize() - 4);
    assertThat(gdb.ask("xffff888000000000,7fffffff")).hasSize(Limits.DEFAULT.packetSize() + 1);
  }

  @Test
  void aClientThatHasGoneIsNoError() {
    plain.leave();
    assertThatThrownBy(() -> plain.ask("?")).isInstanceOf(ClientGoneException.class);
  }

  @Test
  void thousandsOfThreadsComeInPackets() {
    List<Target.ThreadInfo> many =
        IntStream.rangeClosed(1, 5000)
            .mapToObj(n -> new Target.ThreadInfo(new ThreadId(1, n), -1, "task", ""))
            .toList();
    Conversation gdb = new Conversation(new TestTarget().withThreads(many), new Limits(2048));
    StringBuilder all = new StringBuilder();
    String part = gdb.ask("qfThreadInfo");
    int packets = 0;
    for (; !part.equals("l"); part = gdb.ask("qsThreadInfo")) {
      assertThat(part).startsWith("m").hasSizeLessThan(2048);
      all.append(all.isEmpty() ? "" : ",").append(part, 1, part.length());
      packets++;
    }
    assertThat(packets).isGreaterThan(5);
    assertThat(all.toString().split(",", -1))
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 5000).mapToObj(Integer::toHexString).toList());
  }

  @Test
  void aNameThatIsNoXmlIsMadeVisible() {
    Target.ThreadInfo odd = new Target.ThreadInfo(new ThreadId(1, 1), 0, "<a&\"\1\n>", "\ud800 ü");
    Conversation gdb = Conversation.withGdb(new TestTarget().withThreads(List.of(odd)));
    String xml = gdb.ask("qXfer:threads:read::0,10000");
    assertThat(new String(xml.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
        .contains("name=\"&lt;a&amp;&quot;\\x01\\x0a&gt;\"")
        .contains(">\\ud800 ü</thread>");
  }

  /** With SIGTRAP and a pc that never moves gdb's "next" would never end. */
  @Test
  void aTrapIsNoAnswerToAStep() {
    Conversation gdb = Conversation.withGdb(new TestTarget().withStopSignal(5));
    assertThat(gdb.ask("?")).startsWith("T05");
    assertThat(gdb.ask("vCont;s:p1.2")).startsWith("T02");
  }

  private static List<String> feed(Conversation conversation, String bytes) {
    return conversation.feed(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }
}
