package org.vmcore.arch.arm64;

/** What accesses memory by a register (C4.1, "Loads and stores"). */
final class A64Loads {
  private static final String[] SIZES = {"b", "h", "", ""};
  private static final String[] ATOMICS = {
    "add", "clr", "eor", "set", "smax", "smin", "umax", "umin"
  };
  private static final String[] PREFETCHES = {"pld", "pli", "pst"};

  private A64Loads() {}

  static String text(A64 code) {
    if (code.bits(24, 6) == 0b001000) {
      return exclusive(code);
    } else if (code.bits(24, 6) == 0b011001 && !code.bit(21) && code.bits(10, 2) == 0) {
      return ordered(code);
    } else if (code.bits(27, 3) == 0b101 && !code.bit(25)) {
      return pair(code);
    } else if (code.bits(27, 3) == 0b111 && !code.bit(25)) {
      return code.bit(24)
          ? single(code, "r", memory(code, (long) code.bits(10, 12) << scale(code)))
          : other(code);
    }
    return code.unknown();
  }

  private static String base(A64 code) {
    return "[" + code.sp(5, true) + "]";
  }

  private static String memory(A64 code, long offset) {
    return offset == 0 ? base(code) : "[" + code.sp(5, true) + ", #" + offset + "]";
  }

  /** The binary logarithm of how many bytes are accessed. */
  private static int scale(A64 code) {
    return code.bits(30, 2) | (code.bit(26) ? code.bits(23, 1) << 2 : 0);
  }

  /** What a prefetch is for, by the number that stands for a register. */
  static String prefetched(int number) {
    int target = (number >>> 1) & 3;
    return number >>> 3 > 2 || target == 3
        ? A64.hex(number)
        : PREFETCHES[number >>> 3] + "l" + (target + 1) + ((number & 1) == 0 ? "keep" : "strm");
  }

  /**
   * One register.
   *
   * @param kind {@code r}, {@code ur} where it is not scaled, {@code tr} where it is as a program
   */
  private static String single(A64 code, String kind, String memory) {
    int size = code.bits(30, 2);
    int opc = code.bits(22, 2);
    if (code.bit(26)) {
      int scale = scale(code);
      return scale > 4 || kind.equals("tr")
          ? code.unknown()
          : A64.text(
              (code.bit(22) ? "ld" : "st") + kind,
              "bhsdq".charAt(scale) + "" + code.bits(0, 5),
              memory);
    } else if (opc < 2) {
      return A64.text(
          (opc == 0 ? "st" : "ld") + kind + SIZES[size], code.reg(0, size == 3), memory);
    } else if (size == 3) {
      return opc == 2 && !kind.equals("tr")
          ? A64.text(kind.equals("r") ? "prfm" : "prfum", prefetched(code.bits(0, 5)), memory)
          : code.unknown();
    } else if (size == 2 && opc == 3) {
      return code.unknown();
    }
    return A64.text(
        "ld" + kind + "s" + (size == 2 ? "w" : SIZES[size]), code.reg(0, opc == 2), memory);
  }

  private static String other(A64 code) {
    int kind = code.bits(10, 2);
    int offset = code.signed(12, 9);
    if (!code.bit(21)) {
      return switch (kind) {
        case 0 -> single(code, "ur", memory(code, offset));
        case 1 -> single(code, "r", base(code) + ", #" + offset);
        case 2 -> single(code, "tr", memory(code, offset));
        default -> single(code, "r", "[" + code.sp(5, true) + ", #" + offset + "]!");
      };
    } else if (kind == 0 && !code.bit(26)) {
      return atomic(code);
    }
    return kind == 2 && code.bit(14) ? single(code, "r", indexed(code)) : code.unknown();
  }

  private static String indexed(A64 code) {
    int option = code.bits(13, 3);
    String extension =
        switch (option) {
          case 2 -> "uxtw";
          case 3 -> "lsl";
          case 6 -> "sxtw";
          default -> "sxtx";
        };
    String index = code.reg(16, (option & 1) == 1);
    boolean scaled = code.bit(12);
    String by =
        scaled ? ", " + extension + " #" + scale(code) : option == 3 ? "" : ", " + extension;
    return "[" + code.sp(5, true) + ", " + index + by + "]";
  }

  private static String atomic(A64 code) {
    int size = code.bits(30, 2);
    boolean wide = size == 3;
    String order = (code.bit(23) ? "a" : "") + (code.bit(22) ? "l" : "");
    int kind = code.bits(12, 3);
    if (!code.bit(15)) {
      String operation = ATOMICS[kind];
      return code.isNone(0) && !code.bit(23)
          ? A64.text("st" + operation + order + SIZES[size], code.reg(16, wide), base(code))
          : A64.text(
              "ld" + operation + order + SIZES[size],
              code.reg(16, wide),
              code.reg(0, wide),
              base(code));
    } else if (kind == 0) {
      return A64.text(
          "swp" + order + SIZES[size], code.reg(16, wide), code.reg(0, wide), base(code));
    }
    return kind == 4 && order.equals("a") && code.isNone(16)
        ? A64.text("ldapr" + SIZES[size], code.reg(0, wide), base(code))
        : code.unknown();
  }

  private static String exclusive(A64 code) {
    int size = code.bits(30, 2);
    boolean wide = size == 3;
    boolean loads = code.bit(22);
    boolean orders = code.bit(15);
    if (code.bit(23)) {
      if (code.bit(21)) {
        String order = (loads ? "a" : "") + (orders ? "l" : "");
        return A64.text(
            "cas" + order + SIZES[size], code.reg(16, wide), code.reg(0, wide), base(code));
      }
      String name = loads ? (orders ? "ldar" : "ldlar") : orders ? "stlr" : "stllr";
      return A64.text(name + SIZES[size], code.reg(0, wide), base(code));
    } else if (code.bit(21)) {
      return exclusivePair(code);
    }
    String order = orders ? loads ? "a" : "l" : "";
    String name = (loads ? "ld" : "st") + order + "xr" + SIZES[size];
    return loads
        ? A64.text(name, code.reg(0, wide), base(code))
        : A64.text(name, code.w(16), code.reg(0, wide), base(code));
  }

  private static String exclusivePair(A64 code) {
    boolean wide = code.bit(30);
    boolean loads = code.bit(22);
    boolean orders = code.bit(15);
    if (code.bit(31)) {
      String name = (loads ? "ld" : "st") + (orders ? loads ? "a" : "l" : "") + "xp";
      return loads
          ? A64.text(name, code.reg(0, wide), code.reg(10, wide), base(code))
          : A64.text(name, code.w(16), code.reg(0, wide), code.reg(10, wide), base(code));
    }
    String letter = wide ? "x" : "w";
    int expected = code.bits(16, 5);
    int wanted = code.bits(0, 5);
    return expected % 2 == 1 || wanted % 2 == 1
        ? code.unknown()
        : A64.text(
            "casp" + (loads ? "a" : "") + (orders ? "l" : ""),
            letter + expected,
            next(letter, expected),
            letter + wanted,
            next(letter, wanted),
            base(code));
  }

  private static String next(String letter, int number) {
    return letter + (number == 30 ? "zr" : "" + (number + 1));
  }

  private static String ordered(A64 code) {
    int size = code.bits(30, 2);
    int opc = code.bits(22, 2);
    String memory = memory(code, code.signed(12, 9));
    if (opc < 2) {
      return A64.text(
          (opc == 0 ? "stlur" : "ldapur") + SIZES[size], code.reg(0, size == 3), memory);
    }
    return size == 3 || (size == 2 && opc == 3)
        ? code.unknown()
        : A64.text("ldapurs" + (size == 2 ? "w" : SIZES[size]), code.reg(0, opc == 2), memory);
  }

  private static String pair(A64 code) {
    boolean isVector = code.bit(26);
    int opc = code.bits(30, 2);
    boolean loads = code.bit(22);
    int mode = code.bits(23, 2);
    if (opc == 3 || (!isVector && opc == 1 && (!loads || mode == 0))) {
      return code.unknown();
    }
    int scale = isVector ? 2 + opc : opc == 2 ? 3 : 2;
    long offset = (long) code.signed(15, 7) << scale;
    String letter = isVector ? "sdq".substring(opc, opc + 1) : "";
    String one = isVector ? letter + code.bits(0, 5) : code.reg(0, opc != 0);
    String two = isVector ? letter + code.bits(10, 5) : code.reg(10, opc != 0);
    String name =
        (loads ? "ld" : "st") + (mode == 0 ? "np" : "p") + (!isVector && opc == 1 ? "sw" : "");
    String memory =
        switch (mode) {
          case 1 -> base(code) + ", #" + offset;
          case 3 -> "[" + code.sp(5, true) + ", #" + offset + "]!";
          default -> memory(code, offset);
        };
    return A64.text(name, one, two, memory);
  }
}
