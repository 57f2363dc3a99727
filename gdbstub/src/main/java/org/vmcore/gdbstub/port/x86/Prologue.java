package org.vmcore.gdbstub.port.x86;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * How an x86-64 function that ORC leaves out sets up its stack, read from its first instructions.
 * Above all {@code __crash_kexec}, in which most kernels die, is left out (Linux
 * kernel/kexec_core.c, STACK_FRAME_NON_STANDARD).
 *
 * @param start address of the function
 * @param length bytes of its code
 * @param bodyOffset where in it the stack is set up
 * @param frameBytes how far the stack pointer is below the caller's from there on
 * @param pushed numbers of the registers that it pushed, in this order, as instructions have them:
 *     rbx is 3, rbp 5, r12 12
 */
public record Prologue(
    long start, long length, int bodyOffset, int frameBytes, List<Integer> pushed) {
  /** Compilers are done with it by then. */
  private static final int MAX_BYTES = 64;

  /** The number of rbp in instructions. */
  static final int RBP = 5;

  private static final int WORD = Long.BYTES;
  private static final int MAX_FRAME = 1 << 16;

  /**
   * @param length bytes of the function's code
   * @return empty when it cannot be read or keeps nothing on the stack
   */
  public static Optional<Prologue> read(KernelMemory memory, long start, long length) {
    return new Reader(memory.upTo(start, (int) Math.min(length, MAX_BYTES))).read(start, length);
  }

  /**
   * Knows the instructions that compilers put between those that it looks for (Intel SDM volume 2,
   * chapter 2 and appendix A), and stops at any other.
   */
  private static final class Reader {
    private final byte[] code;
    private final List<Integer> pushed = new ArrayList<>();
    private int at;
    private int bodyOffset;
    private int frameBytes = WORD;

    Reader(byte[] code) {
      this.code = code;
    }

    Optional<Prologue> read(long start, long length) {
      int size = instruction();
      while (size > 0 && at + size <= code.length) {
        at += size;
        size = instruction();
      }
      return frameBytes == WORD || frameBytes > MAX_FRAME
          ? Optional.empty()
          : Optional.of(new Prologue(start, length, bodyOffset, frameBytes, List.copyOf(pushed)));
    }

    private int at(int offset) {
      return at + offset < code.length ? code[at + offset] & 0xff : 0;
    }

    private int int32(int offset) {
      return at(offset) | at(offset + 1) << 8 | at(offset + 2) << 16 | at(offset + 3) << 24;
    }

    /** Takes account of one instruction; its length, or 0 when it is not known. */
    private int instruction() {
      int rex = at(0) >> 4 == 4 ? at(0) : 0;
      int prefix = rex == 0 ? 0 : 1;
      int opcode = at(prefix);
      if (opcode >> 3 == 0x50 >> 3) {
        pushed.add((rex & 1) << 3 | (opcode & 7));
        return grow(WORD, prefix + 1);
      }
      if (rex == 0x48 && opcode == 0x83 && at(2) == 0xec) {
        return grow((byte) at(3), 4); // sub $imm8,%rsp
      }
      if (rex == 0x48 && opcode == 0x81 && at(2) == 0xec) {
        return grow(int32(3), 7); // sub $imm32,%rsp
      }
      if (opcode >> 3 == 0xb8 >> 3 && (rex & 8) == 0) {
        return prefix + 5; // mov $imm32,%r
      }
      boolean registers = at(prefix + 1) >= 0xc0;
      boolean toStackPointer = opcode == 0x89 && (at(prefix + 1) & 7) == 4 && (rex & 1) == 0;
      boolean move = opcode == 0x89 || opcode == 0x8b || opcode == 0x31 || opcode == 0x33;
      if (move && registers && !toStackPointer) {
        return prefix + 2;
      }
      return pushed.isEmpty() && frameBytes == WORD ? entry() : 0;
    }

    /**
     * What a function may start with: endbr64, or the nop that takes its place where the function
     * is no target of indirect calls (Linux arch/x86/include/asm/ibt.h, gen_endbr_poison, since
     * 5.18, in a later form now), and what is left of or made of __fentry__, whose nop depended on
     * the CPU until 5.12 (arch/x86/include/asm/nops.h, P6_NOP5_ATOMIC and K8_NOP5_ATOMIC).
     */
    private int entry() {
      return switch (int32(0)) {
        case 0xfa1e0ff3, 0x001f0f66, 0xd6401f0f -> 4;
        case 0x00441f0f -> at(4) == 0 ? 5 : 0;
        case 0x66666666 -> at(4) == 0x90 ? 5 : 0;
        default -> at(0) == 0xe8 ? 5 : 0;
      };
    }

    private int grow(int bytes, int size) {
      if (bytes <= 0) {
        return 0;
      }
      frameBytes += bytes;
      bodyOffset = at + size;
      return size;
    }
  }
}
