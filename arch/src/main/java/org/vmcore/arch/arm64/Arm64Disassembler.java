package org.vmcore.arch.arm64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;
import org.vmcore.arch.api.Disassembler;

/**
 * Instructions of A64 as gdb and objdump show them (Arm Architecture Reference Manual, C4.1):
 * branches, what moves, computes and compares in general registers, loads and stores, and what of
 * the system's the kernel's code has most. Vectors' arithmetic is shown as a number. There is no
 * library on Maven Central that is written in Java and does not need a native one.
 */
final class Arm64Disassembler implements Disassembler {
  @Override
  public int longest() {
    return Integer.BYTES;
  }

  @Override
  public Instruction at(byte[] code, int offset, long address) {
    if (code.length - offset < Integer.BYTES) {
      return plain(1, ".byte  0x%x".formatted(code[offset] & 0xff));
    }
    // Instructions are little-endian whatever data are.
    int word = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
    return decode(new A64(word), address);
  }

  private static Instruction decode(A64 code, long address) {
    if (code.bits(16, 16) == 0) {
      return plain(Integer.BYTES, A64.text("udf", "#" + code.bits(0, 16)));
    }
    String text;
    if (code.bits(26, 3) == 0b101) {
      return A64Branches.decode(code, address);
    } else if (code.bits(26, 3) == 0b100) {
      if (code.bits(24, 2) == 0) {
        return address(code, address);
      }
      text = A64Immediates.text(code);
    } else if (code.bits(25, 3) == 0b101) {
      text = A64Arithmetic.text(code);
    } else if (code.bits(27, 1) == 1 && code.bits(25, 1) == 0) {
      if (code.bits(27, 3) == 0b011 && code.bits(24, 2) == 0) {
        return literal(code, address);
      }
      text = A64Loads.text(code);
    } else {
      text = code.unknown();
    }
    return plain(Integer.BYTES, text);
  }

  private static Instruction plain(int length, String text) {
    return new Instruction(length, text, OptionalLong.empty(), OptionalLong.empty());
  }

  /** {@code adr}, {@code adrp}. */
  private static Instruction address(A64 code, long address) {
    long distance = (long) code.signed(5, 19) << 2 | code.bits(29, 2);
    boolean isPage = code.bits(31, 1) == 1;
    long to = isPage ? (address & -4096L) + (distance << 12) : address + distance;
    return referring(A64.text(isPage ? "adrp" : "adr", code.x(0)), to);
  }

  private static Instruction literal(A64 code, long address) {
    int kind = code.bits(30, 2);
    boolean isVector = code.bits(26, 1) == 1;
    String register =
        isVector
            ? "sdq?".substring(kind, kind + 1) + code.bits(0, 5)
            : kind == 3 ? A64Loads.prefetched(code.bits(0, 5)) : code.reg(0, kind != 0);
    String name = isVector || kind < 2 ? "ldr" : kind == 2 ? "ldrsw" : "prfm";
    return referring(A64.text(name, register), address + ((long) code.signed(5, 19) << 2));
  }

  private static Instruction referring(String text, long to) {
    return new Instruction(
        Integer.BYTES,
        text + ", 0x" + Long.toHexString(to),
        OptionalLong.empty(),
        OptionalLong.of(to));
  }
}
