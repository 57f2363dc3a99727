package org.vmcore.gdbstub.symbols.write.frames;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * arm64 call-frame information, read from the functions' own instructions. Since these all have the
 * same size and compilers set up every frame alike, a look at each tells where the frame record is
 * and what was saved; what calls nothing keeps its return address in x30. At the entry points there
 * is a {@code struct pt_regs} at the stack pointer.
 */
final class Arm64Frames {
  // DWARF for the Arm 64-bit Architecture, IHI 0057, 4.1.
  private static final int FP = 29;
  private static final int LR = 30;
  private static final int SP = 31;
  private static final int PC = 32;

  private static final int WORD = Long.BYTES;
  private static final int INSTRUCTION = 4;

  /** {@code struct user_pt_regs}: x0 to x30, sp, pc, pstate (Linux uapi/asm/ptrace.h). */
  private static final int PT_REGS = 34 * WORD;

  /** User addresses end here with 52 bits of them; the first page is never mapped. */
  private static final long USER_START = 0x1000;

  private static final long USER_END = 1L << 52;

  // Arm Architecture Reference Manual, C4.1 and C6.2.
  private static final int PACIASP = 0xd503233f;
  private static final int AUTIASP = 0xd50323bf;
  private static final int RET = 0xd65f03c0;
  private static final int RETAA = 0xd65f0bff;

  private final ByteOrder byteOrder;
  private final DebugFrame section;
  private final DebugFrame.Cie function;
  private final DebugFrame.Cie interrupted;
  private final DebugFrame.Cie systemCall;
  private final DebugFrame.Cie end;

  Arm64Frames(ByteOrder byteOrder) {
    this.byteOrder = byteOrder;
    this.section = new DebugFrame(byteOrder, Long.BYTES);
    this.function = section.cie(DebugFrame.PLAIN, LR, rules().cfa(SP, 0));
    CfaRules regs = rules().cfa(SP, PT_REGS);
    for (int register = 0; register < PC + 1; register++) {
      regs.saved(register, register * WORD - PT_REGS);
    }
    this.interrupted = section.cie(DebugFrame.SIGNAL, PC, regs);
    this.systemCall = section.cie(DebugFrame.PLAIN, PC, regs);
    this.end = section.cie(DebugFrame.PLAIN, LR, rules().cfa(SP, 0).undefined(LR));
    end(USER_START, USER_END - USER_START);
  }

  private CfaRules rules() {
    return new CfaRules(byteOrder);
  }

  /** Code that nobody called. */
  void end(long start, long length) {
    section.fde(end, start, length, rules());
  }

  /**
   * An entry point of the kernel.
   *
   * @param fromKernel whether it is the kernel that was interrupted
   */
  void entry(long start, long length, boolean fromKernel) {
    section.fde(fromKernel ? interrupted : systemCall, start, length, rules());
  }

  /**
   * Any other function.
   *
   * @param code its instructions, as many of them as could be read
   */
  void function(long start, long length, ByteBuffer code) {
    Reader reader = new Reader();
    // Instructions are little-endian whatever the data are.
    ByteBuffer instructions = code.order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at + INSTRUCTION <= instructions.limit(); at += INSTRUCTION) {
      reader.instruction(instructions.getInt(at), at + INSTRUCTION);
    }
    section.fde(function, start, length, reader.rules);
  }

  byte[] bytes() {
    return section.bytes();
  }

  /** Follows a function's code and says what is true after each instruction. */
  private final class Reader {
    private final CfaRules rules = rules();
    private int at;
    private int depth;
    private int bodyDepth;
    private boolean hasRecord;
    private boolean leaving;

    private CfaRules after(int offset) {
      if (offset != at) {
        rules.advance(offset - at);
        at = offset;
      }
      return rules;
    }

    /**
     * @param next offset of the instruction after it
     */
    void instruction(int code, int next) {
      int register = code & 31;
      int base = code >> 5 & 31;
      if (code == PACIASP || code == AUTIASP) {
        after(next).toggleSignedReturnAddress();
      } else if (leaving) {
        leave(code, next);
      } else if ((code & 0xffc003e0) == 0xa98003e0) {
        int size = -imm7(code); // stp ?,?,[sp,#-size]!
        depth += size;
        store(code, depth, next).cfa(SP, depth);
      } else if ((code & 0xffc003e0) == 0xa90003e0 && !isVolatile(register)) {
        store(code, depth - imm7(code), next); // stp ?,?,[sp,#]
      } else if ((code & 0xffc003e0) == 0xf90003e0 && !isVolatile(register)) {
        saved(register, depth - imm12(code) * WORD, next); // str ?,[sp,#]
      } else if ((code & 0xff8003ff) == 0xd10003ff && !hasRecord) {
        depth += shifted(code); // sub sp,sp,#
        after(next).cfa(SP, depth);
      } else if ((code & 0xff8003ff) == 0x910003fd) {
        hasRecord = true; // add x29,sp,#
        after(next).cfa(FP, depth - shifted(code));
      } else if (hasRecord && isRecordLoad(code)) {
        after(next - INSTRUCTION).remember();
        leaving = true;
        bodyDepth = depth;
        leave(code, next);
      } else if (base == SP && (code & 0xff8003ff) == 0x910003ff && !hasRecord) {
        depth -= shifted(code); // add sp,sp,#
        after(next).cfa(SP, depth);
      }
    }

    /** From where x29 and x30 are the caller's again, to the return; then the body goes on. */
    private void leave(int code, int next) {
      if (isRecordLoad(code)) {
        depth -= (code & 0x01800000) == 0x00800000 ? imm7(code) : 0;
        after(next).same(FP).same(LR).cfa(SP, Math.max(0, depth));
      } else if ((code & 0xff8003ff) == 0x910003ff) {
        depth -= shifted(code);
        after(next).cfa(SP, Math.max(0, depth));
      } else if (code == RET || code == RETAA || (code & 0xfc000000) == 0x14000000) {
        after(next).restore();
        leaving = false;
        depth = bodyDepth;
      }
    }

    /** ldp x29,x30,[sp,#] or ldp x29,x30,[sp],#. */
    private boolean isRecordLoad(int code) {
      return (code & 0xfe407fff) == 0xa8407bfd;
    }

    private CfaRules store(int code, int belowCfa, int next) {
      saved(code & 31, belowCfa, next);
      saved(code >> 10 & 31, belowCfa - WORD, next);
      return rules;
    }

    private void saved(int register, int belowCfa, int next) {
      if (!isVolatile(register) && belowCfa > 0) {
        after(next).saved(register, -belowCfa);
      }
    }

    /**
     * What a function may destroy is stored for other reasons (AAPCS64, 6.1.1); 31 is zero here.
     */
    private boolean isVolatile(int register) {
      return register < 19 || register > LR;
    }

    private int imm7(int code) {
      return (code << 10 >> 25) * WORD;
    }

    private int imm12(int code) {
      return code >> 10 & 0xfff;
    }

    private int shifted(int code) {
      return (code & 1 << 22) == 0 ? imm12(code) : imm12(code) << 12;
    }
  }
}
