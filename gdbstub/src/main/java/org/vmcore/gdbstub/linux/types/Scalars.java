package org.vmcore.gdbstub.linux.types;

/** Numbers in bytes. */
final class Scalars {
  private Scalars() {}

  /** The number in up to 8 bytes, zero-extended. */
  static long unsigned(byte[] bytes, boolean bigEndian) {
    long value = 0;
    for (int i = 0; i < bytes.length; i++) {
      value = value << Byte.SIZE | (bytes[bigEndian ? i : bytes.length - 1 - i] & 0xff);
    }
    return value;
  }

  /**
   * The bit-field in bytes.
   *
   * @param bytes those it lies in, at most 9
   * @param shift bits before it: the least significant of the first byte on a little-endian
   *     machine, the most significant on a big-endian one
   * @param width 1 to 64
   */
  static long bits(byte[] bytes, int shift, int width, boolean bigEndian) {
    long value = 0;
    for (int i = width - 1; i >= 0; i--) {
      int bit = bigEndian ? shift + width - 1 - i : shift + i;
      int inByte = bigEndian ? Byte.SIZE - 1 - bit % Byte.SIZE : bit % Byte.SIZE;
      value = value << 1 | (bytes[bit / Byte.SIZE] >> inByte & 1);
    }
    return value;
  }
}
