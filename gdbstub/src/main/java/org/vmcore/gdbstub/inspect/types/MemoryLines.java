package org.vmcore.gdbstub.inspect.types;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.vmcore.gdbstub.inspect.view.Text;

/** The memory of a structure as crash shows it: two words a line and the characters. */
final class MemoryLines {
  private static final int LINE = 16;

  private MemoryLines() {}

  static void print(long address, String hex, boolean bigEndian, Text out) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    int word = out.digits() / 2;
    for (int at = 0; at < bytes.length; at += LINE) {
      StringBuilder numbers = new StringBuilder();
      StringBuilder text = new StringBuilder();
      int end = Math.min(at + LINE, bytes.length);
      for (int i = at; i + word <= end; i += word) {
        ByteBuffer one = ByteBuffer.wrap(bytes, i, word);
        one.order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        long value = word == Long.BYTES ? one.getLong() : Integer.toUnsignedLong(one.getInt());
        numbers.append(Text.format("%0" + out.digits() + "x ", value));
      }
      for (int i = at; i < end; i++) {
        text.append(bytes[i] >= ' ' && bytes[i] <= '~' ? (char) bytes[i] : '.');
      }
      int width = LINE / word * (out.digits() + 1);
      out.row("%x:  %-" + width + "s  %s\n", address + at, numbers.toString(), text.toString());
    }
  }
}
