package org.vmcore.gdbstub.port.x86_64;

import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.port.api.MemoryOperand;

/**
 * Where instructions access memory: prefixes, opcode, ModR/M and SIB (Intel SDM vol. 2A, 2.1 and
 * 2.2, and the opcode maps in vol. 2D, appendix A). No more of an instruction is understood.
 */
final class Operands {
  private static final List<String> REGISTERS =
      List.of(
          "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
          "r13", "r14", "r15");

  private final byte[] code;
  private int at;
  private int rex;

  private Operands(byte[] code) {
    this.code = code;
  }

  /**
   * The operand of an instruction.
   *
   * @param code that begins with it
   * @return empty where it accesses none, has none with a register, is cut, or is not understood
   */
  static Optional<MemoryOperand> of(byte[] code) {
    try {
      return new Operands(code).read();
    } catch (ArrayIndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  private Optional<MemoryOperand> read() {
    boolean segment = false;
    int opcode = next();
    while (isPrefix(opcode)) {
      segment |= opcode == 0x64 || opcode == 0x65;
      opcode = next();
    }
    if ((opcode & 0xf0) == 0x40) {
      rex = opcode;
      opcode = next();
    }
    if (segment) {
      // Relative to a base that no register of ours has.
      return Optional.empty();
    }
    if (opcode == 0xa4 || opcode == 0xa5) {
      return string("rsi");
    } else if (opcode == 0xaa || opcode == 0xab) {
      return string("rdi");
    }
    return hasModrm(opcode) ? modrm() : Optional.empty();
  }

  private static Optional<MemoryOperand> string(String register) {
    return Optional.of(new MemoryOperand(Optional.of(register), Optional.empty(), 1, 0));
  }

  private int next() {
    return code[at++] & 0xff;
  }

  /** Groups 1 to 4 of vol. 2A, 2.1.1. */
  private static boolean isPrefix(int opcode) {
    return switch (opcode) {
      case 0xf0, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65, 0x66, 0x67 -> true;
      default -> false;
    };
  }

  /** Whether an opcode is followed by a ModR/M byte, by the maps of one and two bytes. */
  private boolean hasModrm(int opcode) {
    if (opcode == 0x0f) {
      int second = next();
      if (second == 0x38 || second == 0x3a) {
        at++;
        return true;
      }
      boolean without =
          (second >= 0x80 && second <= 0x8f)
              || (second >= 0xc8 && second <= 0xcf)
              || (second >= 0x30 && second <= 0x37)
              || (second >= 0x05 && second <= 0x0c && second != 0x0d)
              || second == 0x77
              || (second & 0xf7) == 0xa0
              || (second & 0xf7) == 0xa1
              || second == 0xa2
              || second == 0xaa;
      return !without;
    }
    if (opcode < 0x40) {
      return (opcode & 7) < 4;
    }
    return (opcode >= 0x80 && opcode <= 0x8f)
        || opcode == 0x63
        || opcode == 0x69
        || opcode == 0x6b
        || opcode == 0xc0
        || opcode == 0xc1
        || opcode == 0xc6
        || opcode == 0xc7
        || (opcode >= 0xd0 && opcode <= 0xd3)
        || (opcode >= 0xd8 && opcode <= 0xdf)
        || opcode == 0xf6
        || opcode == 0xf7
        || opcode == 0xfe
        || opcode == 0xff;
  }

  /** Tables 2-2 and 2-3 of vol. 2A; REX extends both registers. */
  private Optional<MemoryOperand> modrm() {
    int modrm = next();
    int mod = modrm >>> 6;
    int rm = modrm & 7;
    if (mod == 3 || (mod == 0 && rm == 5)) {
      return Optional.empty();
    }
    Optional<String> index = Optional.empty();
    int scale = 1;
    boolean based = true;
    int base = rm;
    if (rm == 4) {
      int sib = next();
      base = sib & 7;
      int number = ((sib >>> 3) & 7) | (rex & 2) << 2;
      if (number != 4) {
        index = Optional.of(REGISTERS.get(number));
        scale = 1 << (sib >>> 6);
      }
      based = !(base == 5 && mod == 0);
    }
    long displacement = mod == 1 ? (byte) next() : mod == 2 || !based ? int32() : 0;
    Optional<String> register =
        based ? Optional.of(REGISTERS.get(base | (rex & 1) << 3)) : Optional.empty();
    return Optional.of(new MemoryOperand(register, index, scale, displacement));
  }

  private long int32() {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      value |= next() << (8 * i);
    }
    return value;
  }
}
