package org.vmcore.gdbstub.linux.types;

/**
 * A member of a struct or union.
 *
 * @param name empty for an anonymous struct or union, whose members are its parent's
 * @param bitOffset from the start of the struct. On a little-endian machine bits count from the
 *     least significant of each byte, on a big-endian one from the most significant
 * @param bitWidth of a bit-field; 0 where it is none
 */
public record Member(String name, TypeRef type, long bitOffset, int bitWidth) {
  public boolean isBitField() {
    return bitWidth > 0;
  }

  /** Offset in bytes of what is no bit-field. */
  public long byteOffset() {
    return bitOffset / Byte.SIZE;
  }
}
