package org.vmcore.gdbstub.linux.orc;

import java.util.List;
import org.vmcore.gdbstub.linux.orc.Orc.Base;

/**
 * What the bits of an ORC entry's flags mean (Linux arch/x86/include/asm/orc_types.h). They have
 * had three forms; bits 0 to 3 always are sp_reg and 4 to 7 bp_reg:
 *
 * <pre>
 * from 4.14  type:2 (CALL, REGS, REGS_PARTIAL), end:1 since 4.18
 * 6.3        type:2, signal:1, end:1   commit ffb1b4a41016, "x86/unwind/orc: Add 'signal' field to
 *                                      ORC metadata"
 * since 6.4  type:3 (UNDEFINED, END_OF_STACK, CALL, REGS, REGS_PARTIAL), signal:1
 *                                      commit fb799447ae29, "x86,objtool: Split UNWIND_HINT_EMPTY
 *                                      in two"
 * </pre>
 *
 * and the registers two numberings (commit 1735858caa4b, "objtool/x86: Reorder ORC register
 * numbering"). Distributions carry the later ones in older kernels, and only since 6.4 an
 * .orc_header says which; the entries themselves tell: nearly all are of calls, and of most the
 * frame is counted from the stack pointer.
 *
 * @param bases by their numbers
 */
record OrcForm(Layout layout, List<Base> bases) {
  private static final int CALL = 2;
  private static final int REGS_UNTIL_6_3 = 1;

  /** The last is in no release, but in kernels that distributions patched. */
  private static final List<Base> BASES =
      List.of(
          Base.UNDEFINED,
          Base.PREV_SP,
          Base.DX,
          Base.DI,
          Base.BP,
          Base.SP,
          Base.R10,
          Base.R13,
          Base.BP_INDIRECT,
          Base.SP_INDIRECT,
          Base.AX);

  private static final List<Base> REORDERED_BASES =
      List.of(
          Base.UNDEFINED,
          Base.AX,
          Base.DX,
          Base.SP,
          Base.BP,
          Base.DI,
          Base.R10,
          Base.R13,
          Base.PREV_SP,
          Base.SP_INDIRECT,
          Base.BP_INDIRECT);

  private static final int SP = BASES.indexOf(Base.SP);
  private static final int REORDERED_SP = REORDERED_BASES.indexOf(Base.SP);

  enum Layout {
    UNTIL_6_2,
    OF_6_3,
    SINCE_6_4
  }

  /** That of a whole table, as its flags tell it. */
  static OrcForm of(OrcEntries table) {
    int calls = 0;
    int older = 0;
    boolean endIsBit11 = false;
    boolean regsWithBit10 = false;
    for (int i = 0; i < table.count(); i++) {
      int flags = table.flags(i);
      calls += (flags >> 8 & 7) == CALL ? 1 : -1;
      endIsBit11 |= (flags & 0x800) != 0;
      regsWithBit10 |= (flags >> 8 & 3) == REGS_UNTIL_6_3 && (flags & 0x400) != 0;
      int number = flags & 15;
      older += number == SP ? 1 : 0;
      older -= number == REORDERED_SP ? 1 : 0;
    }
    Layout before = endIsBit11 || regsWithBit10 ? Layout.OF_6_3 : Layout.UNTIL_6_2;
    return new OrcForm(calls > 0 ? Layout.SINCE_6_4 : before, older >= 0 ? BASES : REORDERED_BASES);
  }

  Base spBase(short flags) {
    return base(flags & 15);
  }

  Base bpBase(short flags) {
    return base(flags >> 4 & 15);
  }

  private Base base(int number) {
    return number < bases.size() ? bases.get(number) : Base.UNDEFINED;
  }

  Orc.Type type(short flags) {
    if (layout == Layout.SINCE_6_4) {
      return switch (flags >> 8 & 7) {
        case 1 -> Orc.Type.END_OF_STACK;
        case CALL -> Orc.Type.CALL;
        case 3 -> Orc.Type.REGS;
        case 4 -> Orc.Type.REGS_PARTIAL;
        default -> Orc.Type.UNDEFINED;
      };
    }
    if (spBase(flags) == Base.UNDEFINED) {
      boolean end = (flags & (layout == Layout.OF_6_3 ? 0x800 : 0x400)) != 0;
      return end ? Orc.Type.END_OF_STACK : Orc.Type.UNDEFINED;
    }
    return switch (flags >> 8 & 3) {
      case 0 -> Orc.Type.CALL;
      case REGS_UNTIL_6_3 -> Orc.Type.REGS;
      case 2 -> Orc.Type.REGS_PARTIAL;
      default -> Orc.Type.UNDEFINED;
    };
  }

  boolean isSignal(short flags) {
    return switch (layout) {
      case UNTIL_6_2 -> (flags >> 8 & 3) != 0;
      case OF_6_3 -> (flags & 0x400) != 0;
      case SINCE_6_4 -> (flags & 0x800) != 0;
    };
  }
}
