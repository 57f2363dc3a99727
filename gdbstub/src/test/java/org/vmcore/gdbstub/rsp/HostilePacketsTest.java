package org.vmcore.gdbstub.rsp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes in, a session answers in well-formed packets and is there for the next one. */
class HostilePacketsTest {
  private static final List<String> SEEDS =
      List.of(
          "qSupported:multiprocess+;qRelocInsn+;error-message+",
          "g",
          "g;thread:2;",
          "p10",
          "p10;thread:1;",
          "mffffffff81000000,40",
          "xffffffff81000000,40",
          "x0,0",
          "Hgp1.-1",
          "Tp1.2",
          "qfThreadInfo",
          "qsThreadInfo",
          "qThreadExtraInfo,p1.2",
          "qThreadStopInfo2",
          "qXfer:features:read:target.xml:0,fff",
          "qXfer:threads:read::0,fff",
          "qXfer:vmcoreinfo:read::4,fff",
          "qSearch:memory:ffffffff81000000;1000;abc",
          "qCRC:ffffffff81000000,100",
          "qRcmd,68656c70",
          "vCont;c:p1.-1",
          "vCont?",
          "Z0,ffffffff81000000,1",
          "M10,1:00",
          "Qqemu.PhyMemMode:1",
          "jThreadsInfo",
          "qOffsets",
          "?");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void mutatedPacketsAreAnsweredOrRefused(long seed) {
    Random random = new Random(seed);
    Conversation conversation = new Conversation(new TestTarget(), new Limits(4096));
    conversation.ask("QStartNoAckMode");
    for (int round = 0; round < 2000; round++) {
      byte[] packet = mutate(SEEDS.get(random.nextInt(SEEDS.size())), random);
      // Searching and summing the whole address space is allowed, and takes its time.
      if (packet.length > 1 && packet[0] == 'q' && (packet[1] == 'S' || packet[1] == 'C')) {
        continue;
      }
      List<String> answers = conversation.feed(Wire.frame(packet));
      assertThat(answers).hasSizeLessThanOrEqualTo(4);
      if (conversation.isFinished()) {
        conversation = new Conversation(new TestTarget(), new Limits(4096));
        conversation.ask("QStartNoAckMode");
      }
    }
    assertThat(conversation.ask("?")).startsWith("T0b");
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 6})
  void noiseOnTheLineIsSurvived(long seed) {
    Random random = new Random(seed);
    Conversation conversation = new Conversation(new TestTarget(), new Limits(4096));
    for (int round = 0; round < 500; round++) {
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      for (int packet = 0; packet < 4; packet++) {
        stream.writeBytes(Wire.frame(SEEDS.get(random.nextInt(SEEDS.size()))));
      }
      byte[] bytes = stream.toByteArray();
      for (int flips = random.nextInt(4); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      conversation.feed(bytes);
      if (conversation.isFinished()) {
        conversation = new Conversation(new TestTarget(), new Limits(4096));
      }
    }
    // A flip may have left a packet open; the next $ begins anew.
    assertThat(conversation.ask("?")).startsWith("T0b");
  }

  private static byte[] mutate(String seed, Random random) {
    byte[] packet = seed.getBytes(StandardCharsets.ISO_8859_1);
    for (int changes = 1 + random.nextInt(3); changes > 0 && packet.length > 0; changes--) {
      int at = random.nextInt(packet.length);
      switch (random.nextInt(5)) {
        case 0 -> packet[at] = (byte) random.nextInt(256);
        case 1 -> packet = splice(packet, at, at + 1, new byte[0]);
        case 2 -> packet = splice(packet, at, packet.length, new byte[0]);
        case 3 ->
            packet =
                splice(packet, at, at, "ffffffffffffffff".getBytes(StandardCharsets.ISO_8859_1));
        default -> packet = splice(packet, at, at, packet);
      }
    }
    return packet;
  }

  private static byte[] splice(byte[] bytes, int from, int to, byte[] between) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, from);
    out.writeBytes(between);
    out.write(bytes, to, bytes.length - to);
    return out.toByteArray();
  }
}
