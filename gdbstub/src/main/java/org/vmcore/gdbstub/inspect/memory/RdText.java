package org.vmcore.gdbstub.inspect.memory;

import java.nio.ByteOrder;
import java.util.HexFormat;
import org.vmcore.gdbstub.inspect.view.Text;

/**
 * Lines of memory as crash's {@code rd} lays them out.
 *
 * @param size of the numbers in bytes; 0 of text
 * @param decimal whether they are, with a sign
 * @param unsigned whether they are decimal, without
 * @param bigEndian the order of their bytes
 * @param bare whether the characters beside them are left out
 */
record RdText(int size, boolean decimal, boolean unsigned, boolean bigEndian, boolean bare) {
  private static final int LINE = 16;

  void print(Rd.Line line, Text out) {
    out.row("%" + out.digits() + "x:  ", line.address());
    if (line.text().isPresent()) {
      out.print("%s\n", line.text().get());
      return;
    }
    byte[] bytes = HexFormat.of().parseHex(line.hex());
    if (!line.meanings().isEmpty()) {
      line.meanings().forEach(meaning -> out.row("%-" + 2 * size + "s ", meaning));
      out.print("\n");
      return;
    }
    StringBuilder numbers = new StringBuilder();
    for (int at = 0; at < bytes.length; at += size) {
      numbers.append(number(bytes, at)).append(' ');
    }
    boolean hexadecimal = !decimal && !unsigned;
    out.print("%s", numbers);
    if (hexadecimal && !bare) {
      int whole = LINE / size * (2 * size + 1);
      out.print("%s  %s", " ".repeat(whole - numbers.length()), characters(bytes));
    }
    out.print("\n");
  }

  private String number(byte[] bytes, int at) {
    ByteOrder order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    long value = MemorySearch.number(bytes, at, size, order);
    int unused = Long.SIZE - size * Byte.SIZE;
    if (decimal) {
      return Text.format("%" + width() + "d", value << unused >> unused);
    } else if (unsigned) {
      return Text.format("%" + width() + "s", Long.toUnsignedString(value));
    }
    return Text.format("%0" + 2 * size + "x", value);
  }

  /** Digits of the largest number. */
  private int width() {
    return switch (size) {
      case 1 -> 3;
      case 2 -> 5;
      case 4 -> 10;
      default -> 20;
    };
  }

  private static String characters(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      text.append(b >= ' ' && b <= '~' ? (char) b : '.');
    }
    return text.toString();
  }
}
