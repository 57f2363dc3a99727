package org.vmcore.gdbstub.port.arm64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.vmcore.gdbstub.port.api.MemoryOperand;

/**
 * Where loads and stores of A64 access memory (Arm Architecture Reference Manual, C4.1, "Loads and
 * stores"). Those that extend a register of 32 bits are not understood.
 */
final class Arm64Operands {
  private Arm64Operands() {}

  /**
   * The operand of an instruction.
   *
   * @param code that begins with it; little-endian whatever data are
   * @return empty where it accesses no memory by a register, is cut, or is not understood
   */
  static Optional<MemoryOperand> of(byte[] code) {
    if (code.length < Integer.BYTES) {
      return Optional.empty();
    }
    int word = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).getInt();
    int group = bits(word, 27, 3);
    if (bits(word, 24, 6) == 0b001000) {
      // Exclusive, ordered, compare and swap.
      return based(word, 0);
    } else if (group == 0b101 && bits(word, 25, 1) == 0) {
      return pair(word);
    } else if (group == 0b111) {
      return bits(word, 24, 2) == 1 ? scaled(word) : other(word);
    }
    return Optional.empty();
  }

  private static int bits(int word, int from, int count) {
    return (word >>> from) & ((1 << count) - 1);
  }

  private static int signed(int word, int from, int count) {
    return bits(word, from, count) << (32 - count) >> (32 - count);
  }

  private static String register(int number) {
    return number == 31 ? "sp" : "x" + number;
  }

  private static Optional<MemoryOperand> based(int word, long offset) {
    return Optional.of(
        new MemoryOperand(Optional.of(register(bits(word, 5, 5))), Optional.empty(), 1, offset));
  }

  /**
   * The binary logarithm of how many bytes are accessed; of vectors {@code opc} has a bit of it.
   */
  private static int size(int word) {
    boolean isVector = bits(word, 26, 1) == 1;
    return bits(word, 30, 2) | (isVector ? bits(word, 23, 1) << 2 : 0);
  }

  private static Optional<MemoryOperand> pair(int word) {
    boolean isVector = bits(word, 26, 1) == 1;
    int opc = bits(word, 30, 2);
    int scale = isVector ? 2 + opc : 2 + (opc >>> 1);
    boolean isPostIndexed = bits(word, 23, 3) == 1;
    return based(word, isPostIndexed ? 0 : (long) signed(word, 15, 7) << scale);
  }

  private static Optional<MemoryOperand> scaled(int word) {
    return based(word, (long) bits(word, 10, 12) << size(word));
  }

  private static Optional<MemoryOperand> other(int word) {
    int kind = bits(word, 10, 2);
    if (bits(word, 24, 2) != 0) {
      return Optional.empty();
    } else if (bits(word, 21, 1) == 0) {
      boolean isPostIndexed = kind == 1;
      return based(word, isPostIndexed ? 0 : signed(word, 12, 9));
    } else if (kind == 0) {
      // Atomic operations on memory.
      return based(word, 0);
    } else if (kind == 2 && bits(word, 13, 3) == 0b011 && bits(word, 16, 5) != 31) {
      int scale = bits(word, 12, 1) == 1 ? 1 << size(word) : 1;
      return Optional.of(
          new MemoryOperand(
              Optional.of(register(bits(word, 5, 5))),
              Optional.of(register(bits(word, 16, 5))),
              scale,
              0));
    }
    return Optional.empty();
  }
}
