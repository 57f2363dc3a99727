package org.vmcore.arch.x86;

/** Names of registers and numbers in AT&T's syntax. */
final class X86Operands {
  private static final String[] QUAD = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
  private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs", "?", "?"};
  private static final String[] HIGH_BYTES = {"ah", "ch", "dh", "bh"};

  private X86Operands() {}

  /**
   * A general register.
   *
   * @param size in bytes
   * @param rex whether a REX prefix makes 4 to 7 the low bytes of sp to di
   */
  static String general(int number, int size, boolean rex) {
    if (number >= 8) {
      String ending =
          switch (size) {
            case 1 -> "b";
            case 2 -> "w";
            case 4 -> "d";
            default -> "";
          };
      return "%r" + number + ending;
    }
    String base = QUAD[number];
    return switch (size) {
      case 1 ->
          "%"
              + (number >= 4 && !rex
                  ? HIGH_BYTES[number - 4]
                  : base.endsWith("x") ? base.charAt(0) + "l" : base + "l");
      case 2 -> "%" + base;
      case 4 -> "%e" + base;
      default -> "%r" + base;
    };
  }

  static String segment(int number) {
    return "%" + SEGMENTS[number & 7];
  }

  /** {@code $0x10}, as wide as the operand. */
  static String immediate(long value, int size) {
    return "$" + number(size == 8 ? value : value & ((1L << (8 * size)) - 1));
  }

  static String number(long value) {
    return "0x" + Long.toHexString(value);
  }

  /** A distance, with its sign. */
  static String signed(long value) {
    return value < 0 ? "-0x" + Long.toHexString(-value) : number(value);
  }
}
