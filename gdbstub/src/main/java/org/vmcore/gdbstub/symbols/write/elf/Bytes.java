package org.vmcore.gdbstub.symbols.write.elf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteOrder;
import java.util.Arrays;

/** Bytes in one byte order that grow at their end. */
public final class Bytes {
  private final boolean little;
  private byte[] array;
  private int size;

  public Bytes(ByteOrder order) {
    this(order, 256);
  }

  /**
   * @param capacity bytes that there is room for at first
   */
  public Bytes(ByteOrder order, int capacity) {
    little = order == ByteOrder.LITTLE_ENDIAN;
    array = new byte[capacity];
  }

  private int grow(int bytes) {
    int at = size;
    int end = Math.addExact(at, bytes);
    if (end > array.length) {
      int more = (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(end, 2L * array.length));
      array = Arrays.copyOf(array, more);
    }
    size = end;
    return at;
  }

  public int size() {
    return size;
  }

  public Bytes u1(int value) {
    int at = grow(Byte.BYTES);
    array[at] = (byte) value;
    return this;
  }

  public Bytes u2(int value) {
    int at = grow(Short.BYTES);
    array[at] = (byte) (little ? value : value >>> 8);
    array[at + 1] = (byte) (little ? value >>> 8 : value);
    return this;
  }

  public Bytes u4(int value) {
    setU4(grow(Integer.BYTES), value);
    return this;
  }

  public Bytes u8(long value) {
    int at = grow(Long.BYTES);
    int high = (int) (value >>> Integer.SIZE);
    setU4(at, little ? (int) value : high);
    setU4(at + Integer.BYTES, little ? high : (int) value);
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
    return bytes(bytes, 0, bytes.length);
  }

  public Bytes bytes(byte[] bytes, int start, int length) {
    int at = grow(length);
    System.arraycopy(bytes, start, array, at, length);
    return this;
  }

  /** What {@code other} holds. */
  public Bytes bytes(Bytes other) {
    return bytes(other.array, 0, other.size);
  }

  /** Text in ISO-8859-1 with a NUL after it. */
  public Bytes text(String text) {
    return bytes(text.getBytes(ISO_8859_1)).u1(0);
  }

  /** Zeros up to a multiple of {@code alignment}. */
  public Bytes align(int alignment) {
    return bytes(new byte[Math.floorMod(-size, alignment)]);
  }

  /** Writes over 4 bytes that are there. */
  public void setU4(int at, int value) {
    int v = little ? value : Integer.reverseBytes(value);
    array[at] = (byte) v;
    array[at + 1] = (byte) (v >>> 8);
    array[at + 2] = (byte) (v >>> 16);
    array[at + 3] = (byte) (v >>> 24);
  }

  public byte[] toArray() {
    return Arrays.copyOf(array, size);
  }

  /**
   * What {@link #toArray} returns, where nothing is to be added any more: without a copy if full.
   */
  byte[] take() {
    return size == array.length ? array : toArray();
  }
}
