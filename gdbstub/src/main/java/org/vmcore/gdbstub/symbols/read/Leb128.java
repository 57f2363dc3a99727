package org.vmcore.gdbstub.symbols.read;

import java.nio.ByteBuffer;

/** Numbers of variable length (DWARF 5, section 7.6). Bits above 64 are lost. */
final class Leb128 {
  private Leb128() {}

  static long unsigned(ByteBuffer in) {
    long value = 0;
    int shift = 0;
    while (true) {
      byte b = in.get();
      if (shift < Long.SIZE) {
        value |= (b & 0x7fL) << shift;
      }
      shift += 7;
      if (b >= 0) {
        return value;
      }
    }
  }

  static long signed(ByteBuffer in) {
    long value = 0;
    int shift = 0;
    while (true) {
      byte b = in.get();
      if (shift < Long.SIZE) {
        value |= (b & 0x7fL) << shift;
      }
      shift += 7;
      if (b >= 0) {
        return shift < Long.SIZE && (b & 0x40) != 0 ? value | -1L << shift : value;
      }
    }
  }
}
