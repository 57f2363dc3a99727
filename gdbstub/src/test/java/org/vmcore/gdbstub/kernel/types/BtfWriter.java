package org.vmcore.gdbstub.kernel.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes BTF by hand, type after type, as the kernel's Documentation/bpf/btf.rst has it. */
final class BtfWriter {
  private final ByteOrder order;
  private final ByteArrayOutputStream types = new ByteArrayOutputStream();
  private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
  private final int firstString;

  BtfWriter(ByteOrder order) {
    this(order, 0);
    strings.write(0);
  }

  /**
   * @param firstString what offsets of strings start from: the length of the base's strings
   */
  BtfWriter(ByteOrder order, int firstString) {
    this.order = order;
    this.firstString = firstString;
  }

  int string(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    int offset = firstString + strings.size();
    strings.writeBytes(text.getBytes(ISO_8859_1));
    strings.write(0);
    return offset;
  }

  int stringsLength() {
    return strings.size();
  }

  /**
   * @param flag kind_flag
   * @param sizeOrType what the third word is
   * @param more the words that follow
   */
  BtfWriter type(int kind, boolean flag, String name, int vlen, int sizeOrType, int... more) {
    words(string(name), (flag ? 1 << 31 : 0) | kind << 24 | vlen, sizeOrType);
    words(more);
    return this;
  }

  private void words(int... words) {
    for (int word : words) {
      types.writeBytes(ByteBuffer.allocate(4).order(order).putInt(word).array());
    }
  }

  byte[] bytes(int... layout) {
    int header = layout.length == 0 ? 24 : 32;
    int layoutBytes = layout.length * 4;
    ByteBuffer out =
        ByteBuffer.allocate(header + types.size() + strings.size() + layoutBytes).order(order);
    out.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(header);
    out.putInt(0).putInt(types.size()).putInt(types.size()).putInt(strings.size());
    if (layout.length > 0) {
      out.putInt(types.size() + strings.size()).putInt(layoutBytes);
    }
    out.put(types.toByteArray()).put(strings.toByteArray());
    for (int entry : layout) {
      out.put((byte) (entry >> 8)).put((byte) entry).putShort((short) 0);
    }
    return out.array();
  }
}
