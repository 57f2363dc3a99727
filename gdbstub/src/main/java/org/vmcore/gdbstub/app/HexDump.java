package org.vmcore.gdbstub.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Bytes as {@code hexdump -C} prints them, with 16-digit addresses: 16 bytes a line, {@code *} for
 * lines equal to the one before.
 */
final class HexDump {
  private static final int WIDTH = 16;
  private static final HexFormat HEX = HexFormat.of();

  private final OutputStream out;
  private final byte[] line = new byte[WIDTH];
  private final byte[] previous = new byte[WIDTH];
  private long address;
  private int filled;
  private boolean hasPrevious;
  private boolean starred;

  HexDump(long address, OutputStream out) {
    this.address = address;
    this.out = out;
  }

  void write(byte[] bytes, int length) throws IOException {
    for (int i = 0; i < length; i++) {
      line[filled++] = bytes[i];
      if (filled == WIDTH) {
        endLine();
      }
    }
  }

  /** Prints a line that is not full; nothing may be written afterwards. */
  void finish() throws IOException {
    if (filled > 0) {
      print();
    } else if (starred) {
      out.write((HEX.toHexDigits(address) + "\n").getBytes(ISO_8859_1));
    }
  }

  private void endLine() throws IOException {
    if (hasPrevious && Arrays.equals(line, previous)) {
      if (!starred) {
        out.write("*\n".getBytes(ISO_8859_1));
      }
      starred = true;
    } else {
      starred = false;
      print();
    }
    System.arraycopy(line, 0, previous, 0, WIDTH);
    hasPrevious = true;
    address += WIDTH;
    filled = 0;
  }

  private void print() throws IOException {
    StringBuilder text = new StringBuilder(80).append(HEX.toHexDigits(address)).append(' ');
    for (int i = 0; i < WIDTH; i++) {
      text.append(i % 8 == 0 ? " " : "");
      if (i < filled) {
        HEX.toHexDigits(text, line[i]).append(' ');
      } else {
        text.append("   ");
      }
    }
    text.append(" |");
    for (int i = 0; i < filled; i++) {
      text.append(line[i] >= ' ' && line[i] <= '~' ? (char) line[i] : '.');
    }
    out.write(text.append("|\n").toString().getBytes(ISO_8859_1));
  }
}
