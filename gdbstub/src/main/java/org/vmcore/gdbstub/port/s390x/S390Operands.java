package org.vmcore.gdbstub.port.s390x;

import java.util.Optional;
import org.vmcore.gdbstub.port.api.MemoryOperand;

/**
 * Where instructions of z/Architecture access memory (Principles of Operation, chapter 5,
 * "Instruction Formats", and appendix B): one place, by a register or two and a displacement. Of
 * those that access two places none is told.
 */
final class S390Operands {
  private S390Operands() {}

  /**
   * The operand of an instruction.
   *
   * @param code that begins with it
   * @return empty where it accesses no memory by a register, is cut, or is not understood
   */
  static Optional<MemoryOperand> of(byte[] code) {
    if (code.length < 4) {
      return Optional.empty();
    }
    int opcode = code[0] & 0xff;
    boolean isLong = opcode >= 0xc0;
    if (isLong && code.length < 6) {
      return Optional.empty();
    }
    if (isIndexed(opcode)) {
      return operand(code, code[1] & 15, shortDisplacement(code)); // RX
    } else if (isStorage(opcode)) {
      return operand(code, 0, shortDisplacement(code)); // RS, SI
    }
    return switch (opcode) {
      case 0xe3 ->
          isAddress(code[5])
              ? Optional.empty()
              : operand(code, code[1] & 15, longDisplacement(code)); // RXY
      case 0xeb -> isShift(code[5]) ? Optional.empty() : operand(code, 0, longDisplacement(code));
      case 0xe5 ->
          (code[1] & 0xf0) >= 0x40
              ? operand(code, 0, shortDisplacement(code))
              : Optional.empty(); // SIL
      default -> Optional.empty();
    };
  }

  /** STH to STE, without LA, EX and branches, which access nothing or other than what they name. */
  private static boolean isIndexed(int opcode) {
    return switch (opcode) {
      case 0x41, 0x44, 0x45, 0x46, 0x47, 0x4d, 0x51 -> false;
      default -> opcode >= 0x40 && opcode < 0x80;
    };
  }

  /** STM, TM, MVI, TS, NI, CLI, OI, XI, LM, CS, ICM, STCM, CLM and their like. */
  private static boolean isStorage(int opcode) {
    return switch (opcode) {
      case 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0xba, 0xbb, 0xbd, 0xbe, 0xbf ->
          true;
      default -> false;
    };
  }

  /** SRAG, SLAG, SRLG, SLLG, RLL, RLLG and those of 32 bits. */
  private static boolean isShift(byte second) {
    return switch (second & 0xff) {
      case 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0xdc, 0xdd, 0xde, 0xdf -> true;
      default -> false;
    };
  }

  /** PFD, BCTG and LAY, which only make an address or fetch ahead. */
  private static boolean isAddress(byte second) {
    return second == 0x36 || second == 0x46 || second == 0x71;
  }

  private static int shortDisplacement(byte[] code) {
    return (code[2] & 15) << 8 | (code[3] & 0xff);
  }

  /** The high bits are signed, and come last. */
  private static int longDisplacement(byte[] code) {
    return code[4] << 12 | shortDisplacement(code);
  }

  /** Register 0 stands for none. */
  private static Optional<MemoryOperand> operand(byte[] code, int index, long displacement) {
    int base = (code[2] >> 4) & 15;
    return base == 0 && index == 0
        ? Optional.empty()
        : Optional.of(new MemoryOperand(name(base), name(index), 1, displacement));
  }

  private static Optional<String> name(int register) {
    return register == 0 ? Optional.empty() : Optional.of("r" + register);
  }
}
