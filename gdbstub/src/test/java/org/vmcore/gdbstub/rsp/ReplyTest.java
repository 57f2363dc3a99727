package org.vmcore.gdbstub.rsp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplyTest {

  @ParameterizedTest
  @CsvSource({
    "12,             12",
    "00,             00",
    "0000,           0* ",
    "000000,         0*\"",
    "00000000,       0*\"00",
    "0000000000,     0*&",
    "0011,           0011",
    "1000,           1000",
    "100000,         10*!",
    "100001,         10* 1",
    "ffff1234,       f* 1234",
    "12340000ab,     12340* ab",
    "1f0ff0,         1f0ff0",
    "2222222234,     2*\"2234",
  })
  void shortensRuns(String hex, String expected) {
    byte[] data = HexFormat.of().parseHex(hex);
    Reply reply = new Reply();
    reply.hex(data, 0, data.length);
    // CSV strips the blank that is the shortest count.
    String padded = expected.endsWith("*") ? expected + " " : expected;
    assertThat(raw(reply)).isEqualTo(padded);
  }

  @Test
  void anyLengthOfRunComesBack() {
    for (int length = 0; length < 400; length++) {
      byte[] data = new byte[length];
      assertComesBack(data);
      Arrays.fill(data, (byte) 0x7e);
      assertComesBack(data);
    }
  }

  @Test
  void anyDataComesBack() {
    Random random = new Random(1);
    for (int round = 0; round < 3000; round++) {
      byte[] data = new byte[random.nextInt(600)];
      // From a few values, so that runs of every kind meet.
      byte[] values = new byte[1 + random.nextInt(4)];
      random.nextBytes(values);
      for (int i = 0; i < data.length; ) {
        int run = random.nextInt(4) == 0 ? random.nextInt(120) : 1;
        byte value = round % 7 == 0 ? (byte) random.nextInt() : pick(values, random);
        for (; run > 0 && i < data.length; run--) {
          data[i++] = value;
        }
      }
      assertComesBack(data);
    }
  }

  private static byte pick(byte[] values, Random random) {
    byte[] special = {'#', '$', '}', '*', 0, (byte) 0xff, 0x11};
    return random.nextInt(3) == 0
        ? special[random.nextInt(special.length)]
        : values[random.nextInt(values.length)];
  }

  private static void assertComesBack(byte[] data) {
    Reply hex = new Reply();
    hex.hex(data, 0, data.length);
    assertThat(parsed(hex)).isEqualTo(HexFormat.of().formatHex(data));
    assertThat(hex.size()).isLessThanOrEqualTo(2 * data.length + 4);

    Reply binary = new Reply();
    binary.binary(data);
    assertThat(parsed(binary)).isEqualTo(new String(data, StandardCharsets.ISO_8859_1));
  }

  @Test
  void aPageOfZerosIsShort() {
    Reply reply = new Reply();
    reply.hex(new byte[4096], 0, 4096);
    reply.finish();
    assertThat(reply.size()).isLessThan(8192 / 98 * 3 + 20);
  }

  @Test
  void unavailableRegistersAreX() {
    Reply reply = new Reply();
    reply.unavailable(8).unavailable(1);
    assertThat(parsed(reply)).isEqualTo("x".repeat(18));
  }

  @Test
  void beginsAnewAfterEachPacket() {
    Reply reply = new Reply();
    reply.text("OK").finish();
    reply.begin();
    reply.text("l").finish();
    assertThat(new String(reply.array(), 0, reply.size(), StandardCharsets.ISO_8859_1))
        .isEqualTo("$l#6c");
  }

  private static String raw(Reply reply) {
    reply.finish();
    return new String(reply.array(), 1, reply.size() - 4, StandardCharsets.ISO_8859_1);
  }

  private static String parsed(Reply reply) {
    reply.finish();
    return Wire.parse(Arrays.copyOf(reply.array(), reply.size())).get(0);
  }
}
