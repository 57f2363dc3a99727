package org.vmcore.gdbstub.rsp;

import java.util.Arrays;

/** Hexadecimal digits by table. The protocol writes lower case and reads both. */
final class Hex {
  /** The two digits of a byte as they lie in memory: the first in the low half. */
  static final short[] PAIRS = new short[256];

  private static final byte[] VALUES = new byte[256];

  static {
    byte[] digits = {
      '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
    };
    Arrays.fill(VALUES, (byte) -1);
    for (int i = 0; i < 16; i++) {
      VALUES[digits[i]] = (byte) i;
      VALUES[Character.toUpperCase(digits[i])] = (byte) i;
    }
    for (int i = 0; i < 256; i++) {
      PAIRS[i] = (short) (digits[i >> 4] | digits[i & 15] << 8);
    }
  }

  private Hex() {}

  /** The digit for the low four bits. */
  static int digit(int value) {
    return PAIRS[value & 15] >> 8;
  }

  /** What a character is worth as a digit, or -1. */
  static int value(int character) {
    return VALUES[character & 0xff];
  }
}
