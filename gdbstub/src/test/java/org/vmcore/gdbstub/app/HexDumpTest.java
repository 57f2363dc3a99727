package org.vmcore.gdbstub.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HexDumpTest {
  private static String dump(long address, byte[] bytes, int... pieces) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    HexDump dump = new HexDump(address, out);
    int done = 0;
    for (int piece : pieces) {
      byte[] part = Arrays.copyOfRange(bytes, done, done + piece);
      dump.write(part, piece);
      done += piece;
    }
    dump.finish();
    return out.toString(ISO_8859_1);
  }

  @Test
  void looksLikeHexdumpC() throws IOException {
    byte[] text = "Linux version 6.1\n\0".getBytes(ISO_8859_1);

    assertThat(dump(0xffffffff82000000L, text, text.length))
        .isEqualTo(
            """
            ffffffff82000000  4c 69 6e 75 78 20 76 65  72 73 69 6f 6e 20 36 2e  |Linux version 6.|
            ffffffff82000010  31 0a 00                                          |1..|
            """);
  }

  @Test
  void starsLinesEqualToTheOneBefore() throws IOException {
    assertThat(dump(0x1000, new byte[64], 64))
        .isEqualTo(
            """
            0000000000001000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
            *
            0000000000001040
            """);
  }

  @Test
  void isTheSameHoweverTheBytesArrive() throws IOException {
    byte[] bytes = new byte[50];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 7);
    }

    assertThat(dump(0, bytes, 1, 15, 17, 17)).isEqualTo(dump(0, bytes, 50));
  }
}
