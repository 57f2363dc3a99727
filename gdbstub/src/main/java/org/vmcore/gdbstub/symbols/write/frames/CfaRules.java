package org.vmcore.gdbstub.symbols.write.frames;

import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * A sequence of call-frame instructions (DWARF 4 standard, 6.4.2; numbers in 7.23 and 7.7.1). CFA
 * is the canonical frame address, which the others are told by.
 */
final class CfaRules {
  /** Saved registers lie at negative multiples of this from the CFA. */
  static final int DATA_ALIGNMENT = 4;

  private static final int DW_CFA_ADVANCE_LOC = 0x40;
  private static final int DW_CFA_ADVANCE_LOC1 = 0x02;
  private static final int DW_CFA_ADVANCE_LOC2 = 0x03;
  private static final int DW_CFA_ADVANCE_LOC4 = 0x04;
  private static final int DW_CFA_OFFSET = 0x80;
  private static final int DW_CFA_OFFSET_EXTENDED_SF = 0x11;
  private static final int DW_CFA_UNDEFINED = 0x07;
  private static final int DW_CFA_SAME_VALUE = 0x08;
  private static final int DW_CFA_DEF_CFA = 0x0c;
  private static final int DW_CFA_DEF_CFA_EXPRESSION = 0x0f;
  static final int DW_CFA_EXPRESSION = 0x10;
  private static final int DW_CFA_AARCH64_NEGATE_RA_STATE = 0x2d; // IHI 0057, 4.4
  static final int DW_CFA_VAL_EXPRESSION = 0x16;
  private static final int DW_OP_DEREF = 0x06;
  private static final int DW_OP_CONST4U = 0x0c;
  private static final int DW_OP_CONSTS = 0x11;
  private static final int DW_OP_MUL = 0x1e;
  private static final int DW_OP_PLUS = 0x22;
  private static final int DW_OP_EQ = 0x29;
  private static final int DW_OP_LIT0 = 0x30;
  private static final int DW_OP_BREG0 = 0x70;

  /** Registers from here on do not fit the short forms. */
  private static final int SHORT_REGISTERS = 64;

  private final ByteOrder byteOrder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  CfaRules(ByteOrder byteOrder) {
    this.byteOrder = byteOrder;
  }

  /** What follows is true from {@code delta} bytes of code further on; less than 4 GiB. */
  CfaRules advance(long delta) {
    if (delta < DW_CFA_ADVANCE_LOC) {
      out.write(DW_CFA_ADVANCE_LOC | (int) delta);
    } else if (delta <= 0xff) {
      number(DW_CFA_ADVANCE_LOC1, delta, Byte.BYTES);
    } else if (delta <= 0xffff) {
      number(DW_CFA_ADVANCE_LOC2, delta, Short.BYTES);
    } else {
      number(DW_CFA_ADVANCE_LOC4, delta, Integer.BYTES);
    }
    return this;
  }

  private void number(int instruction, long value, int bytes) {
    out.write(instruction);
    number(out, value, bytes);
  }

  private void number(ByteArrayOutputStream to, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      int place = byteOrder == ByteOrder.LITTLE_ENDIAN ? i : bytes - 1 - i;
      to.write((int) (value >>> (place * Byte.SIZE)));
    }
  }

  /** The CFA is a register plus an offset. */
  CfaRules cfa(int register, int offset) {
    if (offset >= 0) {
      out.write(DW_CFA_DEF_CFA);
      uleb(out, register);
      uleb(out, offset);
      return this;
    }
    return cfa(based(register, offset));
  }

  /** The CFA is what a word in memory says, plus an offset. */
  CfaRules cfaInMemory(int register, int offset, int added) {
    return cfa(pointed(register, offset, added));
  }

  private CfaRules cfa(byte[] expression) {
    out.write(DW_CFA_DEF_CFA_EXPRESSION);
    uleb(out, expression.length);
    out.writeBytes(expression);
    return this;
  }

  /**
   * The caller's register is in memory.
   *
   * @param offset from the CFA, a multiple of {@link #DATA_ALIGNMENT}
   */
  CfaRules saved(int register, int offset) {
    int factored = -offset / DATA_ALIGNMENT;
    if (factored >= 0 && register < SHORT_REGISTERS) {
      out.write(DW_CFA_OFFSET | register);
      uleb(out, factored);
    } else {
      out.write(DW_CFA_OFFSET_EXTENDED_SF);
      uleb(out, register);
      sleb(out, factored);
    }
    return this;
  }

  /**
   * The caller's register is told by an expression.
   *
   * @param rule {@link #DW_CFA_EXPRESSION} where that is its place in memory, {@link
   *     #DW_CFA_VAL_EXPRESSION} where it is its value
   */
  CfaRules expression(int rule, int register, byte[] expression) {
    out.write(rule);
    uleb(out, register);
    uleb(out, expression.length);
    out.writeBytes(expression);
    return this;
  }

  /** The expression of a register plus an offset. */
  static byte[] based(int register, int offset) {
    ByteArrayOutputStream expression = new ByteArrayOutputStream();
    base(expression, register, offset);
    return expression.toByteArray();
  }

  /** The expression of what a word in memory says, plus an offset. */
  static byte[] pointed(int register, int offset, int added) {
    ByteArrayOutputStream expression = new ByteArrayOutputStream();
    base(expression, register, offset);
    expression.write(DW_OP_DEREF);
    if (added != 0) {
      expression.write(DW_OP_CONSTS);
      sleb(expression, added);
      expression.write(DW_OP_PLUS);
    }
    return expression.toByteArray();
  }

  private static void base(ByteArrayOutputStream expression, int register, int offset) {
    expression.write(DW_OP_BREG0 + register);
    sleb(expression, offset);
  }

  /**
   * The caller's register has a value by that of another in this frame, or 0 where none is named;
   * of 32 bits.
   */
  CfaRules valueBy(int register, int base, Map<Long, Long> values) {
    ByteArrayOutputStream expression = new ByteArrayOutputStream();
    expression.write(DW_OP_LIT0);
    values.forEach(
        (key, value) -> {
          expression.write(DW_OP_BREG0 + base);
          sleb(expression, 0);
          expression.write(DW_OP_CONST4U);
          number(expression, key, Integer.BYTES);
          expression.write(DW_OP_EQ);
          expression.write(DW_OP_CONST4U);
          number(expression, value, Integer.BYTES);
          expression.write(DW_OP_MUL);
          expression.write(DW_OP_PLUS);
        });
    return expression(DW_CFA_VAL_EXPRESSION, register, expression.toByteArray());
  }

  /** The caller's register is lost; for the return address: there is no caller. */
  CfaRules undefined(int register) {
    out.write(DW_CFA_UNDEFINED);
    uleb(out, register);
    return this;
  }

  /** The caller's register is that of this frame. */
  CfaRules same(int register) {
    out.write(DW_CFA_SAME_VALUE);
    uleb(out, register);
    return this;
  }

  /** arm64: whether the return address carries an authentication code has changed. */
  CfaRules toggleSignedReturnAddress() {
    out.write(DW_CFA_AARCH64_NEGATE_RA_STATE);
    return this;
  }

  /** These instructions follow. */
  CfaRules append(byte[] instructions) {
    out.writeBytes(instructions);
    return this;
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  /** LEB128 (DWARF 4 standard, 7.6). */
  static void uleb(ByteArrayOutputStream out, long value) {
    long rest = value;
    while (rest >>> 7 != 0) {
      out.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  /** Signed LEB128. */
  static void sleb(ByteArrayOutputStream out, long value) {
    long rest = value;
    while (rest < -64 || rest > 63) {
      out.write((int) (rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    out.write((int) (rest & 0x7f));
  }
}
