package org.vmcore.gdbstub.port.arm64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;
import org.vmcore.gdbstub.linux.stack.FunctionRules;
import org.vmcore.gdbstub.linux.stack.KernelFunctions.Function;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;

/**
 * arm64 by the functions' own instructions. Since these all have the same size and compilers set up
 * every frame alike, a look at each tells where the frame record is and what was saved; what calls
 * nothing keeps its return address in x30. At the entry points there is a {@code struct pt_regs} at
 * the stack pointer.
 */
final class Arm64Rules extends FunctionRules {
  private static final int LR = 30;
  private static final int SP = 31;

  private static final int WORD = Long.BYTES;
  private static final int INSTRUCTION = 4;

  /**
   * Linux arch/arm64/kernel/entry.S: el0t_64_sync and its like since 5.13, el0_sync before. Group 1
   * is the exception level that it was entered from.
   */
  static final Pattern ENTRY =
      Pattern.compile("el([01])[ht]?_(?:64_|32_)?(?:sync|irq|fiq|error|sync_compat|irq_compat)");

  private static final Set<String> ENDS =
      Set.of("ret_from_fork", "__primary_switched", "__secondary_switched");

  /** Sixteen entries, each code of its own (Arm ARM, D1.3.1, "Exception vectors"). */
  private static final String VECTORS = "vectors";

  private static final int VECTOR_BYTES = 0x80;

  /** User addresses end here with 52 bits of them; the first page is never mapped. */
  private static final long USER_START = 0x1000;

  private static final long USER_END = 1L << 52;

  private static final Place STACK = new Place.By("sp", 0);

  // Arm Architecture Reference Manual, C4.1 and C6.2.
  private static final int PACIASP = 0xd503233f;
  private static final int AUTIASP = 0xd50323bf;
  private static final int RET = 0xd65f03c0;
  private static final int RETAA = 0xd65f0bff;

  private final PtRegs saved;

  Arm64Rules(LinuxKernel kernel, KernelText text, PtRegs saved) {
    super(kernel, text);
    this.saved = saved;
  }

  @Override
  protected List<Row> rows(Function function, ByteBuffer code) {
    long start = function.start();
    Matcher entry = ENTRY.matcher(function.name());
    if (entry.matches()) {
      FrameRule regs = saved.rule(new Place.By("sp", saved.bytes()), "pc");
      return List.of(new Row(start, regs.asSignal(entry.group(1).equals("1"))));
    }
    if (ENDS.contains(function.name())) {
      return List.of(new Row(start, FrameRule.nobody(STACK, "x30")));
    }
    // Instructions are little-endian whatever the data are.
    ByteBuffer instructions = code.order(ByteOrder.LITTLE_ENDIAN);
    int part = function.name().equals(VECTORS) ? VECTOR_BYTES : Integer.MAX_VALUE;
    List<Row> rows = new ArrayList<>();
    Reader reader = new Reader(start, rows);
    for (int at = 0; at + INSTRUCTION <= instructions.limit(); at += INSTRUCTION) {
      if (at % part == 0 || at == 0) {
        reader = new Reader(start + at, rows);
      }
      reader.instruction(instructions.getInt(at), at % part + INSTRUCTION);
    }
    return rows;
  }

  /** Nothing is known of who called user programs. */
  @Override
  protected List<Stretch> others() {
    return List.of(
        new Stretch(USER_END, List.of(new Row(USER_START, FrameRule.nobody(STACK, "x30")))));
  }

  /** Follows a function's code and says what is true after each instruction. */
  private static final class Reader {
    private final long start;
    private final List<Row> rows;
    private FrameRule rule =
        FrameRule.caller(STACK, "x30").with("x29", Where.Same.SAME).with("x30", Where.Same.SAME);
    private FrameRule body = rule;
    private int depth;
    private int bodyDepth;
    private boolean hasRecord;
    private boolean leaving;

    Reader(long start, List<Row> rows) {
      this.start = start;
      this.rows = rows;
      rows.add(new Row(start, rule));
    }

    private void after(int offset, FrameRule changed) {
      long at = start + offset;
      Row last = rows.get(rows.size() - 1);
      if (last.start() == at) {
        rows.remove(rows.size() - 1);
      }
      rule = changed;
      rows.add(new Row(at, rule));
    }

    private static Place sp(int offset) {
      return new Place.By("sp", Math.max(0, offset));
    }

    /**
     * @param next offset of the instruction after it
     */
    void instruction(int code, int next) {
      int register = code & 31;
      int base = code >> 5 & 31;
      if (code == PACIASP || code == AUTIASP) {
        after(next, rule.asSigned(!rule.signed()));
      } else if (leaving) {
        leave(code, next);
      } else if ((code & 0xffc003e0) == 0xa98003e0) {
        int size = -imm7(code); // stp ?,?,[sp,#-size]!
        depth += size;
        store(code, depth, next);
        after(next, rule.by(sp(depth)));
      } else if ((code & 0xffc003e0) == 0xa90003e0 && !isVolatile(register)) {
        store(code, depth - imm7(code), next); // stp ?,?,[sp,#]
      } else if ((code & 0xffc003e0) == 0xf90003e0 && !isVolatile(register)) {
        saved(register, depth - imm12(code) * WORD, next); // str ?,[sp,#]
      } else if ((code & 0xff8003ff) == 0xd10003ff && !hasRecord) {
        depth += shifted(code); // sub sp,sp,#
        after(next, rule.by(sp(depth)));
      } else if ((code & 0xff8003ff) == 0x910003fd) {
        hasRecord = true; // add x29,sp,#
        after(next, rule.by(new Place.By("x29", depth - shifted(code))));
      } else if (hasRecord && isRecordLoad(code)) {
        body = rule;
        leaving = true;
        bodyDepth = depth;
        leave(code, next);
      } else if (base == SP && (code & 0xff8003ff) == 0x910003ff && !hasRecord) {
        depth -= shifted(code); // add sp,sp,#
        after(next, rule.by(sp(depth)));
      }
    }

    /** From where x29 and x30 are the caller's again, to the return; then the body goes on. */
    private void leave(int code, int next) {
      if (isRecordLoad(code)) {
        depth -= (code & 0x01800000) == 0x00800000 ? imm7(code) : 0;
        FrameRule restored =
            rule.with("x29", Where.Same.SAME).with("x30", Where.Same.SAME).by(sp(depth));
        after(next, restored);
      } else if ((code & 0xff8003ff) == 0x910003ff) {
        depth -= shifted(code);
        after(next, rule.by(sp(depth)));
      } else if (code == RET || code == RETAA || (code & 0xfc000000) == 0x14000000) {
        after(next, body);
        leaving = false;
        depth = bodyDepth;
      }
    }

    /** ldp x29,x30,[sp,#] or ldp x29,x30,[sp],#. */
    private static boolean isRecordLoad(int code) {
      return (code & 0xfe407fff) == 0xa8407bfd;
    }

    private void store(int code, int belowCfa, int next) {
      saved(code & 31, belowCfa, next);
      saved(code >> 10 & 31, belowCfa - WORD, next);
    }

    private void saved(int register, int belowCfa, int next) {
      if (!isVolatile(register) && belowCfa > 0) {
        after(next, rule.with("x" + register, new Where.Saved(-belowCfa)));
      }
    }

    /**
     * What a function may destroy is stored for other reasons (AAPCS64, 6.1.1); 31 is zero here.
     */
    private static boolean isVolatile(int register) {
      return register < 19 || register > LR;
    }

    private static int imm7(int code) {
      return (code << 10 >> 25) * WORD;
    }

    private static int imm12(int code) {
      return code >> 10 & 0xfff;
    }

    private static int shifted(int code) {
      return (code & 1 << 22) == 0 ? imm12(code) : imm12(code) << 12;
    }
  }
}
