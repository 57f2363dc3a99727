package org.vmcore.arch.arm64;

import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.arch.api.Disassembler.Instruction;

/** Branches, exceptions and the system's instructions (C4.1, "Branches, ..."). */
final class A64Branches {
  private static final Map<Integer, String> HINTS =
      Map.ofEntries(
          Map.entry(0, "nop"),
          Map.entry(1, "yield"),
          Map.entry(2, "wfe"),
          Map.entry(3, "wfi"),
          Map.entry(4, "sev"),
          Map.entry(5, "sevl"),
          Map.entry(7, "xpaclri"),
          Map.entry(16, "esb"),
          Map.entry(17, "psb csync"),
          Map.entry(18, "tsb csync"),
          Map.entry(20, "csdb"),
          Map.entry(24, "paciaz"),
          Map.entry(25, "paciasp"),
          Map.entry(26, "pacibz"),
          Map.entry(27, "pacibsp"),
          Map.entry(28, "autiaz"),
          Map.entry(29, "autiasp"),
          Map.entry(30, "autibz"),
          Map.entry(31, "autibsp"),
          Map.entry(32, "bti"),
          Map.entry(34, "bti c"),
          Map.entry(36, "bti j"),
          Map.entry(38, "bti jc"));

  private static final String[] DOMAINS = {"osh", "nsh", "ish", ""};

  /** By op0 (3), op1, CRn, CRm and op2: those that the kernel's code has much. */
  private static final Map<String, String> SYSTEM_REGISTERS =
      Map.ofEntries(
          Map.entry("s3_0_c4_c1_0", "sp_el0"),
          Map.entry("s3_0_c4_c0_1", "elr_el1"),
          Map.entry("s3_0_c4_c0_0", "spsr_el1"),
          Map.entry("s3_0_c4_c2_2", "currentel"),
          Map.entry("s3_3_c4_c2_1", "daif"),
          Map.entry("s3_3_c4_c2_0", "nzcv"),
          Map.entry("s3_0_c5_c2_0", "esr_el1"),
          Map.entry("s3_0_c6_c0_0", "far_el1"),
          Map.entry("s3_0_c1_c0_0", "sctlr_el1"),
          Map.entry("s3_0_c2_c0_0", "ttbr0_el1"),
          Map.entry("s3_0_c2_c0_1", "ttbr1_el1"),
          Map.entry("s3_0_c2_c0_2", "tcr_el1"),
          Map.entry("s3_0_c12_c0_0", "vbar_el1"),
          Map.entry("s3_0_c13_c0_4", "tpidr_el1"),
          Map.entry("s3_4_c13_c0_2", "tpidr_el2"),
          Map.entry("s3_3_c13_c0_2", "tpidr_el0"),
          Map.entry("s3_3_c13_c0_3", "tpidrro_el0"),
          Map.entry("s3_3_c14_c0_2", "cntvct_el0"),
          Map.entry("s3_3_c0_c0_1", "ctr_el0"),
          Map.entry("s3_3_c0_c0_7", "dczid_el0"),
          Map.entry("s3_0_c0_c0_0", "midr_el1"),
          Map.entry("s3_0_c0_c0_5", "mpidr_el1"));

  private A64Branches() {}

  static Instruction decode(A64 code, long address) {
    int top = code.bits(24, 8);
    if (code.bits(26, 5) == 0b00101) {
      return branch(code.bit(31) ? "bl" : "b", address, code.signed(0, 26));
    } else if (top == 0b01010100 && !code.bit(4)) {
      return branch("b." + A64.condition(code.bits(0, 4)), address, code.signed(5, 19));
    } else if (code.bits(25, 6) == 0b011010) {
      return branch(code.bit(24) ? "cbnz" : "cbz", address, code.signed(5, 19), code.reg(0));
    } else if (code.bits(25, 6) == 0b011011) {
      int bit = code.bits(31, 1) << 5 | code.bits(19, 5);
      return branch(
          code.bit(24) ? "tbnz" : "tbz",
          address,
          code.signed(5, 14),
          code.reg(0, bit > 31),
          "#" + bit);
    }
    return new Instruction(
        Integer.BYTES, other(code, top), OptionalLong.empty(), OptionalLong.empty());
  }

  private static Instruction branch(String name, long address, int distance, String... operands) {
    String before = operands.length == 0 ? "" : String.join(", ", operands) + ", ";
    return new Instruction(
        Integer.BYTES,
        A64.text(name, before),
        OptionalLong.of(address + ((long) distance << 2)),
        OptionalLong.empty());
  }

  private static String other(A64 code, int top) {
    if (top == 0b11010100) {
      return exception(code);
    } else if (code.bits(22, 10) == 0b1101010100) {
      return system(code);
    } else if (code.bits(25, 7) == 0b1101011 && code.bits(16, 5) == 31) {
      return toRegister(code);
    }
    return code.unknown();
  }

  private static String exception(A64 code) {
    String name =
        switch (code.bits(21, 3) << 5 | code.bits(0, 5)) {
          case 1 -> "svc";
          case 2 -> "hvc";
          case 3 -> "smc";
          case 1 << 5 -> "brk";
          case 2 << 5 -> "hlt";
          default -> "";
        };
    return name.isEmpty() ? code.unknown() : A64.text(name, A64.hex(code.bits(5, 16)));
  }

  private static String toRegister(A64 code) {
    String key = code.bit(10) ? "b" : "a";
    boolean signs = code.bits(11, 5) == 1;
    boolean plain = code.bits(10, 6) == 0 && code.bits(0, 5) == 0;
    boolean zero = signs && code.bits(0, 5) == A64.NONE;
    String name =
        switch (code.bits(21, 4)) {
          case 0 -> plain ? "br" : zero ? "bra" + key + "z" : "";
          case 1 -> plain ? "blr" : zero ? "blra" + key + "z" : "";
          case 2 -> plain ? "ret" : zero ? "reta" + key : "";
          case 4 -> plain ? "eret" : zero ? "ereta" + key : "";
          case 8 -> signs ? "bra" + key : "";
          case 9 -> signs ? "blra" + key : "";
          default -> "";
        };
    if (name.isEmpty()) {
      return code.unknown();
    }
    boolean returns = name.startsWith("eret") || name.startsWith("reta");
    if (returns || (name.equals("ret") && code.bits(5, 5) == 30)) {
      return name;
    }
    return code.bits(21, 4) >= 8
        ? A64.text(name, code.x(5), code.sp(0, true))
        : A64.text(name, code.x(5));
  }

  private static String system(A64 code) {
    int word = code.word();
    if ((word & 0xfffff01f) == 0xd503201f) {
      int number = code.bits(5, 7);
      return HINTS.getOrDefault(number, A64.text("hint", A64.hex(number)));
    } else if ((word & 0xfffff01f) == 0xd503301f) {
      return barrier(code);
    } else if ((word & 0xfff8f01f) == 0xd500401f) {
      String name =
          switch (code.bits(16, 3) << 3 | code.bits(5, 3)) {
            case 3 << 3 | 6 -> "daifset";
            case 3 << 3 | 7 -> "daifclr";
            case 3 -> "uao";
            case 4 -> "pan";
            case 5 -> "spsel";
            default -> "";
          };
      return name.isEmpty() ? code.unknown() : A64.text("msr", name, A64.hex(code.bits(8, 4)));
    } else if (code.bit(20)) {
      String number =
          "s%d_%d_c%d_c%d_%d"
              .formatted(
                  2 + code.bits(19, 1),
                  code.bits(16, 3),
                  code.bits(12, 4),
                  code.bits(8, 4),
                  code.bits(5, 3));
      String name = SYSTEM_REGISTERS.getOrDefault(number, number);
      return code.bit(21) ? A64.text("mrs", code.x(0), name) : A64.text("msr", name, code.x(0));
    }
    return code.unknown();
  }

  private static String barrier(A64 code) {
    int option = code.bits(8, 4);
    int kind = option & 3;
    String name =
        kind == 0
            ? A64.hex(option)
            : DOMAINS[option >>> 2] + (kind == 1 ? "ld" : kind == 2 ? "st" : "");
    if (option == 15) {
      name = "sy";
    }
    return switch (code.bits(5, 3)) {
      case 2 -> option == 15 ? "clrex" : A64.text("clrex", A64.hex(option));
      case 4 -> A64.text("dsb", name);
      case 5 -> A64.text("dmb", name);
      case 6 -> option == 15 ? "isb" : A64.text("isb", A64.hex(option));
      case 7 -> option == 0 ? "sb" : code.unknown();
      default -> code.unknown();
    };
  }
}
