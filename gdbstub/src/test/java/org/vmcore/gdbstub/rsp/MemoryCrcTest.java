package org.vmcore.gdbstub.rsp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MemoryCrcTest {
  /**
   * The check value of this CRC in the catalogue of parametrised CRC algorithms, where it is called
   * CRC-32/MPEG-2.
   */
  @Test
  void hasTheCatalogueCheckValue() {
    byte[] check = "123456789".getBytes(StandardCharsets.US_ASCII);
    Conversation gdb = Conversation.withGdb(new TestTarget().withMemory(0x1000, check));
    assertThat(gdb.ask("qCRC:1000,9")).isEqualTo("C376e6e7");
  }

  /** gdb's own section comparison over the same data is in RealGdbTest. */
  @Test
  void crossesChunks() {
    byte[] whole = new byte[600 << 10];
    whole[300 << 10] = 1;
    Conversation gdb = Conversation.withGdb(new TestTarget().withMemory(0x1000, whole));
    assertThat(gdb.ask("qCRC:1000,96000")).isEqualTo("C" + Integer.toHexString(slowCrc(whole)));
    assertThat(gdb.ask("qCRC:1000,96001")).isEqualTo("E0e");
  }

  /** Bit by bit, as the definition goes. */
  private static int slowCrc(byte[] data) {
    int crc = -1;
    for (byte b : data) {
      for (int bit = 7; bit >= 0; bit--) {
        boolean carry = (crc < 0) != ((b >> bit & 1) == 1);
        crc <<= 1;
        if (carry) {
          crc ^= 0x04c11db7;
        }
      }
    }
    return crc;
  }
}
