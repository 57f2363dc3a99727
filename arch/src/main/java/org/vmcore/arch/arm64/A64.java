package org.vmcore.arch.arm64;

/**
 * The word of an instruction.
 *
 * @param word its 32 bits
 */
record A64(int word) {
  static final int NONE = 31;

  private static final String[] CONDITIONS = {
    "eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "nv"
  };

  int bits(int from, int count) {
    return (word >>> from) & (int) ((1L << count) - 1);
  }

  int signed(int from, int count) {
    return bits(from, count) << (32 - count) >> (32 - count);
  }

  boolean bit(int at) {
    return bits(at, 1) == 1;
  }

  /** Whether registers have 64 bits, in most instructions. */
  boolean sf() {
    return bit(31);
  }

  /** The register whose number begins at a bit; number 31 is zero. */
  String reg(int at, boolean wide) {
    int number = bits(at, 5);
    return (wide ? "x" : "w") + (number == NONE ? "zr" : "" + number);
  }

  /** Of a size by {@link #sf}. */
  String reg(int at) {
    return reg(at, sf());
  }

  String x(int at) {
    return reg(at, true);
  }

  String w(int at) {
    return reg(at, false);
  }

  /** The same where number 31 is the stack pointer. */
  String sp(int at, boolean wide) {
    return bits(at, 5) == NONE ? (wide ? "sp" : "wsp") : reg(at, wide);
  }

  boolean isNone(int at) {
    return bits(at, 5) == NONE;
  }

  static String condition(int number) {
    return CONDITIONS[number & 15];
  }

  /** What is no instruction, or one that is not known. */
  String unknown() {
    return text(".inst", "0x%08x".formatted(word));
  }

  static String text(String name, String... operands) {
    return "%-6s %s".formatted(name, String.join(", ", operands));
  }

  static String hex(long value) {
    return "#0x" + Long.toHexString(value);
  }
}
