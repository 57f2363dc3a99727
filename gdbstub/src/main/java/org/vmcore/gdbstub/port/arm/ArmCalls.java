package org.vmcore.gdbstub.port.arm;

import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;

/**
 * What calls call (Arm Architecture Reference Manual, A8.8): BL itself says it, in Arm code BLX by
 * a register when this was loaded just before.
 */
final class ArmCalls {
  private static final int WORD = Integer.BYTES;

  /** How far away, in instructions, what loads a register may be. */
  private static final int MAX_BACK = 12;

  private static final int MAX_DEPTH = 6;
  private static final int PC_AHEAD = 8;

  private final KernelMemory memory;
  private final ArmCode code;

  ArmCalls(KernelMemory memory, ArmCode code) {
    this.memory = memory;
    this.code = code;
  }

  /**
   * The function that was called.
   *
   * @param end address behind the call
   * @param registers the caller's; of those that functions preserve
   * @return empty when there is no call, or it cannot be told
   */
  OptionalLong target(long end, FrameRegisters registers) {
    ByteBuffer call = code.upTo(end - WORD, WORD);
    if (call.limit() < WORD) {
      return OptionalLong.empty();
    }
    OptionalLong told = code.set().called(call, end);
    if (told.isPresent()) {
      return OptionalLong.of(memory.truncate(told.getAsLong()));
    }
    int word = call.getInt(0);
    return code.set() == InstructionSet.ARM && (word & 0x0ffffff0) == 0x012fff30
        ? value(word & 15, end - WORD, registers, MAX_DEPTH)
        : OptionalLong.empty();
  }

  /** An instruction of Arm code. */
  private OptionalLong instruction(long at) {
    ByteBuffer bytes = code.upTo(at, WORD);
    return bytes.limit() < WORD
        ? OptionalLong.empty()
        : OptionalLong.of(Integer.toUnsignedLong(bytes.getInt(0)));
  }

  /** A register's value before an instruction. */
  private OptionalLong value(int register, long before, FrameRegisters registers, int depth) {
    boolean preserved = register >= 4 && register <= 11; // AAPCS, IHI 0042, 6.1.1
    for (int back = 1; back <= MAX_BACK && depth > 0; back++) {
      long at = before - (long) back * WORD;
      OptionalLong word = instruction(at);
      int code = word.isPresent() ? (int) word.getAsLong() : 0;
      boolean isTarget = ((code >> 12) & 15) == register;
      if ((code & 0xff000000) == 0xea000000) {
        OptionalLong branch = branchTo(at + WORD);
        return branch.isEmpty()
            ? branch
            : value(register, branch.getAsLong(), registers, depth - 1);
      }
      if ((code & 0x0f700000) == 0x05100000 && isTarget) {
        return loaded(code, at, registers, depth - 1);
      }
      if ((code & 0x0ff00000) == 0x03400000 && isTarget) { // MOVT
        OptionalLong low = value(register, at, registers, depth - 1);
        long high = (long) immediate(code) << 16;
        return low.isEmpty() ? low : OptionalLong.of(high | (low.getAsLong() & 0xffff));
      }
      if ((code & 0x0ff00000) == 0x03000000 && isTarget) { // MOVW
        return OptionalLong.of(immediate(code));
      }
      boolean calls = (code & 0x0f000000) == 0x0b000000 || (code & 0x0ffffff0) == 0x012fff30;
      if (word.isEmpty() || (calls && !preserved)) {
        return OptionalLong.empty();
      }
    }
    return preserved ? registers.value("r" + register) : OptionalLong.empty();
  }

  /** The branch further on that comes back to an address, as loops have it. */
  private OptionalLong branchTo(long address) {
    for (int i = 0; i < MAX_BACK; i++) {
      long at = address + (long) i * WORD;
      OptionalLong word = instruction(at);
      int code = word.isPresent() ? (int) word.getAsLong() : 0;
      if ((code & 0x0f000000) == 0x0a000000 && relative(code, at) == address) {
        return OptionalLong.of(at);
      }
    }
    return OptionalLong.empty();
  }

  private long relative(int code, long at) {
    return memory.truncate(at + PC_AHEAD + ((code << 8) >> 6));
  }

  private static int immediate(int code) {
    return ((code >> 4) & 0xf000) | (code & 0xfff);
  }

  /** LDR by an immediate offset. */
  private OptionalLong loaded(int code, long at, FrameRegisters registers, int depth) {
    OptionalLong base = value((code >> 16) & 15, at, registers, depth);
    int offset = (code & (1 << 23)) != 0 ? code & 0xfff : -(code & 0xfff);
    return base.isEmpty() ? base : memory.word(memory.truncate(base.getAsLong() + offset));
  }
}
