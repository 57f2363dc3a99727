package org.vmcore.gdbstub.port.arm;

import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * The two sets of instructions of 32-bit arm code (Arm Architecture Reference Manual, DDI 0406,
 * A8.8): of kernels built with CONFIG_THUMB2_KERNEL nearly all is Thumb.
 */
enum InstructionSet {
  ARM {
    @Override
    int length(ByteBuffer code, int at) {
      return WORD;
    }

    @Override
    boolean lowersStack(ByteBuffer code, int at) {
      int word = code.getInt(at);
      return (word & 0x0fff0000) == 0x092d0000
          || (word & 0x0fff0fff) == 0x052d0004
          || (word & 0x0fbf0f00) == 0x0d2d0b00
          || (word & 0x0ffff000) == 0x024dd000;
    }

    @Override
    boolean endsWithCall(ByteBuffer code) {
      int word = code.getInt(code.limit() - WORD);
      return (word & 0x0f000000) == 0x0b000000 || (word & 0x0ffffff0) == 0x012fff30;
    }

    @Override
    OptionalLong called(ByteBuffer code, long end) {
      int word = code.getInt(code.limit() - WORD);
      return (word & 0x0f000000) == 0x0b000000
          ? OptionalLong.of(end - WORD + 8 + (word << 8 >> 6))
          : OptionalLong.empty();
    }
  },

  /** Halfwords, of which two make the long ones (A6.1). */
  THUMB {
    @Override
    int length(ByteBuffer code, int at) {
      return half(code, at) >= 0xe800 ? WORD : WORD / 2;
    }

    @Override
    boolean lowersStack(ByteBuffer code, int at) {
      int first = half(code, at);
      int second = first >= 0xe800 && at + WORD <= code.limit() ? half(code, at + 2) : 0;
      return (first & 0xfe00) == 0xb400
          || (first & 0xff80) == 0xb080
          || first == 0xe92d
          || (first == 0xf84d && (second & 0x0fff) == 0x0d04)
          || ((first & 0xfbef) == 0xf1ad && (second & 0x8f00) == 0x0d00)
          || ((first & 0xfbff) == 0xf2ad && (second & 0x8f00) == 0x0d00)
          || ((first & 0xffbf) == 0xed2d && (second & 0x0f00) == 0x0b00);
    }

    @Override
    boolean endsWithCall(ByteBuffer code) {
      return (half(code, code.limit() - 2) & 0xff87) == 0x4780 || isLongCall(code);
    }

    private boolean isLongCall(ByteBuffer code) {
      int second = half(code, code.limit() - 2);
      return (half(code, code.limit() - WORD) & 0xf800) == 0xf000
          && ((second & 0xd000) == 0xd000 || (second & 0xd001) == 0xc000);
    }

    @Override
    OptionalLong called(ByteBuffer code, long end) {
      if (!isLongCall(code)) {
        return OptionalLong.empty();
      }
      int first = half(code, code.limit() - WORD);
      int second = half(code, code.limit() - 2);
      int sign = first << 21 >> 31;
      int high = ((second >> 13 ^ ~sign) & 1) << 1 | ((second >> 11 ^ ~sign) & 1);
      int offset = (sign << 24) | (high << 22) | (first & 0x3ff) << 12 | (second & 0x7ff) << 1;
      boolean toArm = (second & 0x1000) == 0;
      return OptionalLong.of((toArm ? end & -WORD : end) + offset);
    }
  };

  private static final int WORD = Integer.BYTES;

  private static int half(ByteBuffer code, int at) {
    return code.getShort(at) & 0xffff;
  }

  /** Bytes of the instruction at an offset. */
  abstract int length(ByteBuffer code, int at);

  /** Whether it is a PUSH, of several registers, one, or VFP's, or a SUB from the stack pointer. */
  abstract boolean lowersStack(ByteBuffer code, int at);

  /**
   * Whether BL or BLX can be the last instruction.
   *
   * @param code 4 bytes or more
   */
  abstract boolean endsWithCall(ByteBuffer code);

  /**
   * What BL, which says it itself, or BLX to a label at the end of some code calls.
   *
   * @param end address behind it
   */
  abstract OptionalLong called(ByteBuffer code, long end);
}
