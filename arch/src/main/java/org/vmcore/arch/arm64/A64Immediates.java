package org.vmcore.arch.arm64;

/** What computes with numbers in the instruction (C4.1, "Data processing, immediate"). */
final class A64Immediates {
  private static final String[] LOGICAL = {"and", "orr", "eor", "ands"};

  private A64Immediates() {}

  static String text(A64 code) {
    return switch (code.bits(23, 3)) {
      case 0b010 -> add(code);
      case 0b100 -> logical(code);
      case 0b101 -> wide(code);
      case 0b110 -> bitfield(code);
      case 0b111 -> extract(code);
      default -> code.unknown();
    };
  }

  private static String add(A64 code) {
    boolean sets = code.bit(29);
    int number = code.bits(10, 12);
    String value = A64.hex(number) + (code.bit(22) ? ", lsl #12" : "");
    String name = code.bit(30) ? "sub" : "add";
    String from = code.sp(5, code.sf());
    if (sets && code.isNone(0)) {
      return A64.text(code.bit(30) ? "cmp" : "cmn", from, value);
    }
    String to = sets ? code.reg(0) : code.sp(0, code.sf());
    boolean copies = name.equals("add") && !sets && number == 0 && !code.bit(22);
    if (copies && (code.isNone(0) || code.isNone(5))) {
      return A64.text("mov", to, from);
    }
    return A64.text(sets ? name + "s" : name, to, from, value);
  }

  private static String logical(A64 code) {
    int bits = code.sf() ? 64 : 32;
    int length =
        31 - Integer.numberOfLeadingZeros((code.bits(22, 1) << 6) | (~code.bits(10, 6) & 63));
    int levels = (1 << Math.max(length, 0)) - 1;
    int ones = code.bits(10, 6) & levels;
    if (length < 1 || ones == levels || (!code.sf() && code.bit(22))) {
      return code.unknown();
    }
    String value = A64.hex(mask(1 << length, ones + 1, code.bits(16, 6) & levels, bits));
    int opc = code.bits(29, 2);
    if (opc == 3 && code.isNone(0)) {
      return A64.text("tst", code.reg(5), value);
    }
    String to = opc == 3 ? code.reg(0) : code.sp(0, code.sf());
    if (opc == 1 && code.isNone(5) && !isWide(code, ones, code.bits(16, 6), bits)) {
      return A64.text("mov", to, value);
    }
    return A64.text(LOGICAL[opc], to, code.reg(5), value);
  }

  /** So many ones in each element, rotated to the right, in all of a register. */
  private static long mask(int element, int ones, int rotation, int bits) {
    long all = element == 64 ? -1L : (1L << element) - 1;
    long one = ones == 64 ? -1L : (1L << ones) - 1;
    long turned = rotation == 0 ? one : ((one >>> rotation) | (one << (element - rotation))) & all;
    long value = 0;
    for (int at = 0; at < bits; at += element) {
      value |= turned << at;
    }
    return value;
  }

  /** Whether the number is rather written by one that moves 16 bits (MoveWidePreferred). */
  private static boolean isWide(A64 code, int ones, int rotation, int bits) {
    boolean whole = code.sf() ? code.bit(22) : code.bits(10, 6) >>> 5 == 0;
    if (!whole) {
      return false;
    }
    if (ones < 16) {
      return (-rotation & 15) <= 15 - ones;
    }
    return ones >= bits - 15 && (rotation & 15) <= ones - (bits - 15);
  }

  private static String wide(A64 code) {
    int half = code.bits(21, 2);
    long number = code.bits(5, 16);
    long value = number << (16 * half);
    String shift = half == 0 ? "" : ", lsl #" + 16 * half;
    boolean hidden = number == 0 && half != 0;
    return switch (code.bits(29, 2)) {
      case 0 ->
          hidden || (!code.sf() && number == 0xffff)
              ? A64.text("movn", code.reg(0), A64.hex(number) + shift)
              : A64.text("mov", code.reg(0), A64.hex(code.sf() ? ~value : ~value & 0xffffffffL));
      case 2 ->
          hidden
              ? A64.text("movz", code.reg(0), A64.hex(number) + shift)
              : A64.text("mov", code.reg(0), A64.hex(value));
      case 3 -> A64.text("movk", code.reg(0), A64.hex(number) + shift);
      default -> code.unknown();
    };
  }

  private static String bitfield(A64 code) {
    int last = code.sf() ? 63 : 31;
    int rotation = code.bits(16, 6);
    int top = code.bits(10, 6);
    if (code.sf() != code.bit(22)) {
      return code.unknown();
    }
    boolean inserts = top < rotation;
    int least = inserts ? last + 1 - rotation : rotation;
    int width = inserts ? top + 1 : top - rotation + 1;
    String to = code.reg(0);
    String from = code.reg(5);
    String[] field = {to, from, "#" + least, "#" + width};
    boolean toEnd = top == last;
    return switch (code.bits(29, 2)) {
      case 0 -> {
        boolean extendsSign = rotation == 0 && (top == 7 || top == 15 || top == 31);
        yield toEnd
            ? A64.text("asr", to, from, "#" + rotation)
            : extendsSign
                ? A64.text(top == 7 ? "sxtb" : top == 15 ? "sxth" : "sxtw", to, code.w(5))
                : A64.text(inserts ? "sbfiz" : "sbfx", field);
      }
      case 1 ->
          inserts && code.isNone(5)
              ? A64.text("bfc", to, "#" + least, "#" + width)
              : A64.text(inserts ? "bfi" : "bfxil", field);
      case 2 -> {
        boolean extendsZero = rotation == 0 && !code.sf() && (top == 7 || top == 15);
        yield toEnd
            ? A64.text("lsr", to, from, "#" + rotation)
            : top + 1 == rotation
                ? A64.text("lsl", to, from, "#" + (last - top))
                : extendsZero
                    ? A64.text(top == 7 ? "uxtb" : "uxth", to, from)
                    : A64.text(inserts ? "ubfiz" : "ubfx", field);
      }
      default -> code.unknown();
    };
  }

  private static String extract(A64 code) {
    String amount = "#" + code.bits(10, 6);
    return code.bits(5, 5) == code.bits(16, 5)
        ? A64.text("ror", code.reg(0), code.reg(5), amount)
        : A64.text("extr", code.reg(0), code.reg(5), code.reg(16), amount);
  }
}
