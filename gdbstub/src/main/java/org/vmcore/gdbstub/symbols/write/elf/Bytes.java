package org.vmcore.gdbstub.symbols.write.elf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Bytes in one byte order that grow at their end. */
public final class Bytes {
  private ByteBuffer buffer;

  public Bytes(ByteOrder order) {
    buffer = ByteBuffer.allocate(256).order(order);
  }

  private ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      int capacity = Math.addExact(buffer.position(), bytes);
      int more = (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(capacity, 2L * buffer.capacity()));
      buffer = ByteBuffer.allocate(more).order(buffer.order()).put(buffer.flip());
    }
    return buffer;
  }

  public int size() {
    return buffer.position();
  }

  public Bytes u1(int value) {
    room(Byte.BYTES).put((byte) value);
    return this;
  }

  public Bytes u2(int value) {
    room(Short.BYTES).putShort((short) value);
    return this;
  }

  public Bytes u4(int value) {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  public Bytes u8(long value) {
    room(Long.BYTES).putLong(value);
    return this;
  }

  /** An address or offset of 4 or 8 bytes. */
  public Bytes word(long value, int bytes) {
    return bytes == Long.BYTES ? u8(value) : u4((int) value);
  }

  /** An unsigned number in LEB128 (DWARF 4 standard, 7.6). */
  public Bytes uleb(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      u1((int) (rest | 0x80));
      rest >>>= 7;
    }
    return u1((int) rest);
  }

  /** A signed number in LEB128. */
  public Bytes sleb(long value) {
    long rest = value;
    while (rest != rest << 57 >> 57) {
      u1((int) (rest | 0x80));
      rest >>= 7;
    }
    return u1((int) (rest & 0x7f));
  }

  public Bytes bytes(byte[] bytes) {
    room(bytes.length).put(bytes);
    return this;
  }

  /** What {@code other} holds. */
  public Bytes bytes(Bytes other) {
    room(other.size()).put(other.buffer.array(), 0, other.size());
    return this;
  }

  /** Text in ISO-8859-1 with a NUL after it. */
  public Bytes text(String text) {
    return bytes(text.getBytes(ISO_8859_1)).u1(0);
  }

  /** Zeros up to a multiple of {@code alignment}. */
  public Bytes align(int alignment) {
    return bytes(new byte[Math.floorMod(-size(), alignment)]);
  }

  /** Writes over 4 bytes that are there. */
  public void setU4(int at, int value) {
    buffer.putInt(at, value);
  }

  /** Makes it empty, to be filled again. */
  public void clear() {
    buffer.clear();
  }

  public byte[] toArray() {
    byte[] bytes = new byte[size()];
    buffer.get(0, bytes);
    return bytes;
  }
}
