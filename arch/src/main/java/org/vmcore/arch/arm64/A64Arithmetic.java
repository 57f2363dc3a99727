package org.vmcore.arch.arm64;

/** What computes with registers (C4.1, "Data processing, register"). */
final class A64Arithmetic {
  private static final String[] LOGICAL = {
    "and", "bic", "orr", "orn", "eor", "eon", "ands", "bics"
  };
  private static final String[] SHIFTS = {"lsl", "lsr", "asr", "ror"};
  private static final String[] EXTENSIONS = {
    "uxtb", "uxth", "uxtw", "uxtx", "sxtb", "sxth", "sxtw", "sxtx"
  };

  private A64Arithmetic() {}

  static String text(A64 code) {
    if (!code.bit(28)) {
      return !code.bit(24) ? logical(code) : code.bit(21) ? extended(code) : shifted(code);
    } else if (code.bit(24)) {
      return three(code);
    }
    return switch (code.bits(21, 3)) {
      case 0 -> code.bits(10, 6) == 0 ? withCarry(code) : code.unknown();
      case 2 -> compare(code);
      case 4 -> select(code);
      case 6 -> code.bit(30) ? one(code) : two(code);
      default -> code.unknown();
    };
  }

  private static String shift(A64 code) {
    int amount = code.bits(10, 6);
    int kind = code.bits(22, 2);
    return code.reg(16) + (amount == 0 && kind == 0 ? "" : ", " + SHIFTS[kind] + " #" + amount);
  }

  private static String logical(A64 code) {
    int kind = code.bits(29, 2) << 1 | code.bits(21, 1);
    String from = shift(code);
    if (kind == 2 && code.isNone(5) && code.bits(22, 2) == 0 && code.bits(10, 6) == 0) {
      return A64.text("mov", code.reg(0), from);
    } else if (kind == 3 && code.isNone(5)) {
      return A64.text("mvn", code.reg(0), from);
    } else if (kind == 6 && code.isNone(0)) {
      return A64.text("tst", code.reg(5), from);
    }
    return A64.text(LOGICAL[kind], code.reg(0), code.reg(5), from);
  }

  private static String shifted(A64 code) {
    boolean subtracts = code.bit(30);
    boolean sets = code.bit(29);
    if (sets && code.isNone(0)) {
      return A64.text(subtracts ? "cmp" : "cmn", code.reg(5), shift(code));
    } else if (subtracts && code.isNone(5)) {
      return A64.text(sets ? "negs" : "neg", code.reg(0), shift(code));
    }
    return A64.text(add(code), code.reg(0), code.reg(5), shift(code));
  }

  private static String add(A64 code) {
    return (code.bit(30) ? "sub" : "add") + (code.bit(29) ? "s" : "");
  }

  private static String extended(A64 code) {
    boolean sets = code.bit(29);
    int option = code.bits(13, 3);
    int amount = code.bits(10, 3);
    String from = code.reg(16, (option & 3) == 3);
    boolean ofStack = code.isNone(5) || (!sets && code.isNone(0));
    if (ofStack && option == (code.sf() ? 3 : 2)) {
      from += amount == 0 ? "" : ", lsl #" + amount;
    } else {
      from += ", " + EXTENSIONS[option] + (amount == 0 ? "" : " #" + amount);
    }
    String first = code.sp(5, code.sf());
    if (sets && code.isNone(0)) {
      return A64.text(code.bit(30) ? "cmp" : "cmn", first, from);
    }
    String to = sets ? code.reg(0) : code.sp(0, code.sf());
    return A64.text(add(code), to, first, from);
  }

  private static String withCarry(A64 code) {
    String sets = code.bit(29) ? "s" : "";
    if (code.bit(30) && code.isNone(5)) {
      return A64.text("ngc" + sets, code.reg(0), code.reg(16));
    }
    return A64.text((code.bit(30) ? "sbc" : "adc") + sets, code.reg(0), code.reg(5), code.reg(16));
  }

  private static String compare(A64 code) {
    if (!code.bit(29) || code.bit(10) || code.bit(4)) {
      return code.unknown();
    }
    String second = code.bit(11) ? A64.hex(code.bits(16, 5)) : code.reg(16);
    return A64.text(
        code.bit(30) ? "ccmp" : "ccmn",
        code.reg(5),
        second,
        A64.hex(code.bits(0, 4)),
        A64.condition(code.bits(12, 4)));
  }

  private static String select(A64 code) {
    int condition = code.bits(12, 4);
    int kind = code.bits(30, 1) << 1 | code.bits(10, 1);
    if (code.bit(29) || code.bit(11)) {
      return code.unknown();
    }
    boolean isOne = code.bits(5, 5) == code.bits(16, 5) && condition < 14;
    String inverted = A64.condition(condition ^ 1);
    if (isOne && code.isNone(5) && (kind == 1 || kind == 2)) {
      return A64.text(kind == 1 ? "cset" : "csetm", code.reg(0), inverted);
    } else if (isOne && kind != 0) {
      String name = kind == 1 ? "cinc" : kind == 2 ? "cinv" : "cneg";
      return A64.text(name, code.reg(0), code.reg(5), inverted);
    }
    String name = kind == 0 ? "csel" : kind == 1 ? "csinc" : kind == 2 ? "csinv" : "csneg";
    return A64.text(name, code.reg(0), code.reg(5), code.reg(16), A64.condition(condition));
  }

  private static String two(A64 code) {
    String name =
        code.bit(29)
            ? ""
            : switch (code.bits(10, 6)) {
              case 2 -> "udiv";
              case 3 -> "sdiv";
              case 8 -> "lsl";
              case 9 -> "lsr";
              case 10 -> "asr";
              case 11 -> "ror";
              default -> "";
            };
    return name.isEmpty() ? code.unknown() : A64.text(name, code.reg(0), code.reg(5), code.reg(16));
  }

  private static String one(A64 code) {
    String name =
        code.bits(16, 5) != 0 || code.bit(29)
            ? ""
            : switch (code.bits(10, 6)) {
              case 0 -> "rbit";
              case 1 -> "rev16";
              case 2 -> code.sf() ? "rev32" : "rev";
              case 3 -> code.sf() ? "rev" : "";
              case 4 -> "clz";
              case 5 -> "cls";
              default -> "";
            };
    return name.isEmpty() ? code.unknown() : A64.text(name, code.reg(0), code.reg(5));
  }

  private static String three(A64 code) {
    boolean subtracts = code.bit(15);
    boolean alone = code.isNone(10);
    int kind = code.bits(21, 3);
    if (code.bits(29, 2) != 0) {
      return code.unknown();
    }
    if (kind == 0) {
      return alone
          ? A64.text(subtracts ? "mneg" : "mul", code.reg(0), code.reg(5), code.reg(16))
          : A64.text(
              subtracts ? "msub" : "madd", code.reg(0), code.reg(5), code.reg(16), code.reg(10));
    } else if ((kind == 2 || kind == 6) && !subtracts) {
      return A64.text(kind == 2 ? "smulh" : "umulh", code.x(0), code.x(5), code.x(16));
    } else if ((kind == 1 || kind == 5) && code.sf()) {
      String sign = kind == 1 ? "s" : "u";
      return alone
          ? A64.text(sign + (subtracts ? "mnegl" : "mull"), code.x(0), code.w(5), code.w(16))
          : A64.text(
              sign + (subtracts ? "msubl" : "maddl"), code.x(0), code.w(5), code.w(16), code.x(10));
    }
    return code.unknown();
  }
}
