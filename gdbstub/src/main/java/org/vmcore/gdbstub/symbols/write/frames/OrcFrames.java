package org.vmcore.gdbstub.symbols.write.frames;

import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.orc.Orc;
import org.vmcore.gdbstub.linux.orc.Orc.Base;
import org.vmcore.gdbstub.linux.orc.Prologue;

/**
 * x86-64 call-frame information from the kernel's ORC tables, its assembly included: what was
 * interrupted gets all its registers from the pt_regs on the stack, and at the end of a stack there
 * is no caller. ORC knows the stack pointer, the return address and rbp; of the registers that a
 * function must preserve, the others are the caller's as long as it has pushed nothing, and lost
 * from then on.
 */
final class OrcFrames {
  // System V ABI, AMD64 supplement, figure 3.36.
  private static final int RAX = 0;
  private static final int RDX = 1;
  private static final int RBX = 3;
  private static final int RDI = 5;
  private static final int RBP = 6;
  private static final int RSP = 7;
  private static final int R10 = 10;
  private static final int R12 = 12;
  private static final int R13 = 13;
  private static final int R15 = 15;
  private static final int RETURN_ADDRESS = 16;
  private static final int RFLAGS = 49;
  private static final int CS = 51;
  private static final int SS = 52;

  /** The numbers of the registers in a {@code struct pt_regs}, in its order; -1 is orig_rax. */
  private static final int[] PT_REGS = {
    15,
    14,
    13,
    12,
    RBP,
    RBX,
    11,
    R10,
    9,
    8,
    RAX,
    2,
    RDX,
    4,
    RDI,
    -1,
    RETURN_ADDRESS,
    CS,
    RFLAGS,
    RSP,
    SS
  };

  /** Where in PT_REGS begins what the CPU itself pushes. */
  private static final int HARDWARE_FRAME = 16;

  /** DWARF's numbers of the registers as instructions number them: rax, rcx, rdx, rbx, rsp, ... */
  private static final int[] DWARF_NUMBERS = {
    RAX, 2, RDX, RBX, RSP, RBP, 4, RDI, 8, 9, R10, 11, R12, R13, 14, R15
  };

  private static final int[] PRESERVED = {RBX, R12, R13, 14, R15};

  private static final int WORD = Long.BYTES;

  /** User addresses with five levels of page tables end here; the first page is never mapped. */
  private static final long USER_START = 0x1000;

  private static final long USER_END = 1L << 56;

  private final DebugFrame section = new DebugFrame(ByteOrder.LITTLE_ENDIAN, Long.BYTES);
  private final DebugFrame.Cie call;
  private final DebugFrame.Cie callSignal;
  private final DebugFrame.Cie regs;
  private final DebugFrame.Cie systemCall;
  private final DebugFrame.Cie regsPartial;
  private final DebugFrame.Cie end;
  private final AddressRanges covered;
  private final AddressRanges named;
  private final FunctionStarts functions;

  private OrcFrames(AddressRanges covered, AddressRanges named, FunctionStarts functions) {
    this.covered = covered;
    this.named = named;
    this.functions = functions;
    CfaRules called = rules().cfa(RSP, WORD).saved(RETURN_ADDRESS, -WORD).same(RBP);
    this.call = section.cie(DebugFrame.PLAIN, RETURN_ADDRESS, called);
    this.callSignal = section.cie(DebugFrame.SIGNAL, RETURN_ADDRESS, called);
    this.regs = section.cie(DebugFrame.SIGNAL, RETURN_ADDRESS, interrupted(0));
    this.systemCall = section.cie(DebugFrame.PLAIN, RETURN_ADDRESS, interrupted(0));
    this.regsPartial = section.cie(DebugFrame.SIGNAL, RETURN_ADDRESS, interrupted(HARDWARE_FRAME));
    this.end =
        section.cie(
            DebugFrame.PLAIN, RETURN_ADDRESS, rules().cfa(RSP, WORD).undefined(RETURN_ADDRESS));
  }

  private static CfaRules rules() {
    return new CfaRules(ByteOrder.LITTLE_ENDIAN);
  }

  /** The CFA is the end of the pt_regs, of which the members before {@code first} are not there. */
  private static CfaRules interrupted(int first) {
    return rules().cfa(RSP, (PT_REGS.length - first) * WORD).and(saved(first));
  }

  private static CfaRules saved(int first) {
    CfaRules rules = rules();
    for (int i = first; i < PT_REGS.length; i++) {
      if (PT_REGS[i] >= 0) {
        rules.saved(PT_REGS[i], (i - PT_REGS.length) * WORD);
      }
    }
    return rules;
  }

  /**
   * The bytes of a {@code .debug_frame}, with run-time addresses.
   *
   * @param tables of the kernel and of modules
   * @param others functions that are not in the tables
   * @param covered code that has call-frame information of its own
   * @param named code that a debugger should show by its name though it is where a stack ends or
   *     another begins: entry points for system calls, and what goes over to the interrupt stack.
   *     Else it is marked as a signal frame, for which debuggers have but one word
   * @param functions where they start: LLDB takes one FDE for all of a function, and its rows to
   *     count from there
   */
  static byte[] of(
      List<Orc> tables,
      List<Prologue> others,
      AddressRanges covered,
      AddressRanges named,
      FunctionStarts functions) {
    OrcFrames frames = new OrcFrames(covered, named, functions);
    tables.forEach(frames::add);
    others.forEach(frames::add);
    frames.section.fde(frames.end, USER_START, USER_END - USER_START, rules());
    return frames.section.bytes();
  }

  /**
   * ORC does not know these functions. Registers that one has not pushed at once it may have saved
   * later, where only some of its paths need them.
   */
  private void add(Prologue prologue) {
    if (covered.contains(prologue.start())) {
      return;
    }
    CfaRules rules = rules().advance(prologue.bodyOffset()).cfa(RSP, prologue.frameBytes());
    preserved(rules, true);
    int offset = -WORD;
    for (int register : prologue.pushed()) {
      offset -= WORD;
      rules.saved(DWARF_NUMBERS[register], offset);
    }
    section.fde(call, prologue.start(), prologue.length(), rules);
  }

  /** Code from one entry on that one FDE describes. */
  private final class Open {
    private final DebugFrame.Cie cie;
    private final long start;
    private final CfaRules rules = rules();
    private long at;
    private boolean lost;

    Open(DebugFrame.Cie cie, long start) {
      this.cie = cie;
      this.start = start;
      this.at = start;
    }

    CfaRules rulesAt(long address) {
      if (address != at) {
        rules.advance(address - at);
        at = address;
      }
      return rules;
    }

    void close(long endAddress) {
      if (endAddress - start > 0 && endAddress - start <= Integer.MAX_VALUE) {
        section.fde(cie, start, endAddress - start, rules);
      }
    }
  }

  private void add(Orc table) {
    Open open = null;
    for (int i = 0; i < table.count() - 1; i++) {
      long start = table.start(i);
      if (table.start(i + 1) == start) {
        continue;
      }
      Orc.Entry entry = table.entry(i);
      DebugFrame.Cie cie = cie(entry);
      // Padding between functions is undefined: nobody is ever there, and it is much.
      boolean isOmitted = entry.type() == Orc.Type.UNDEFINED || covered.contains(start);
      if (open != null
          && (!cie.equals(open.cie)
              || startsFunction(entry)
              || isOmitted
              || entry.spBase() == Base.SP_INDIRECT
              || (isEntryPoint(entry) && hadRegisters(table.entry(i - 1), entry))
              || table.entry(i - 1).spBase() == Base.SP_INDIRECT)) {
        open.close(start);
        open = null;
      }
      if (!isOmitted) {
        if (open == null) {
          open = new Open(cie, start);
        }
        describe(entry, start, open);
        OptionalLong inside = functions.between(start, table.start(i + 1));
        while (inside.isPresent()) {
          long at = inside.getAsLong();
          open.close(at);
          open = new Open(cie, at);
          describe(entry, at, open);
          inside = functions.between(at, table.start(i + 1));
        }
      }
    }
    if (open != null) {
      open.close(table.start(table.count() - 1));
    }
  }

  /** Whether rules for registers have to be forgotten. */
  private static boolean hadRegisters(Orc.Entry before, Orc.Entry entry) {
    return switch (before.type()) {
      case REGS -> entry.type() != Orc.Type.REGS;
      case REGS_PARTIAL -> entry.type() != Orc.Type.REGS && entry.type() != before.type();
      default -> false;
    };
  }

  private boolean startsFunction(Orc.Entry entry) {
    return functions.isEmpty() ? isAtStart(entry) : functions.contains(entry.start());
  }

  /** How a function starts, and goes on after it returned in the middle. */
  private static boolean isAtStart(Orc.Entry entry) {
    return entry.type() == Orc.Type.CALL
        && entry.spBase() == Base.SP
        && entry.spOffset() == WORD
        && entry.bpBase() == Base.UNDEFINED;
  }

  /**
   * Where pt_regs are made after the first instructions. LLDB looks for the FDE at the start of the
   * function, so that one says it all; no CIE has the registers.
   */
  private boolean isEntryPoint(Orc.Entry entry) {
    return named.contains(entry.start()) && entry.type() != Orc.Type.UNDEFINED;
  }

  private DebugFrame.Cie cie(Orc.Entry entry) {
    if (isEntryPoint(entry)) {
      return call;
    }
    return switch (entry.type()) {
      case UNDEFINED, END_OF_STACK -> end;
      case CALL -> entry.signal() || leavesStackUnnamed(entry) ? callSignal : call;
      case REGS -> named.contains(entry.start()) ? systemCall : regs;
      case REGS_PARTIAL -> regsPartial;
    };
  }

  /**
   * The caller is on another stack, which may lie lower: debuggers believe that of signal frames
   * alone.
   */
  private boolean leavesStackUnnamed(Orc.Entry entry) {
    return entry.spBase() == Base.SP_INDIRECT && !named.contains(entry.start());
  }

  /**
   * @param address from where on it is true
   */
  private void describe(Orc.Entry entry, long address, Open open) {
    if (isAtStart(entry) && address == open.start) {
      return; // as the CIE says
    }
    switch (entry.type()) {
      case UNDEFINED -> {}
      case END_OF_STACK -> {
        if (isEntryPoint(entry)) {
          open.rulesAt(address).undefined(RETURN_ADDRESS);
        }
      }
      case CALL -> {
        if (entry.spBase() == Base.SP_INDIRECT) {
          fromOtherStack(entry, open.rulesAt(address));
          return;
        }
        CfaRules rules = cfa(entry, 0, open.rulesAt(address));
        bp(entry, rules);
        if (open.lost == isAtStart(entry)) {
          open.lost = !open.lost;
          preserved(rules, open.lost);
        }
      }
      case REGS -> registers(entry, 0, open.rulesAt(address));
      case REGS_PARTIAL -> registers(entry, HARDWARE_FRAME, open.rulesAt(address));
    }
  }

  /**
   * @param first of the members of pt_regs that are there
   */
  private void registers(Orc.Entry entry, int first, CfaRules rules) {
    cfa(entry, (PT_REGS.length - first) * WORD, rules);
    if (isEntryPoint(entry)) {
      rules.and(saved(first));
    }
  }

  /**
   * @param added how far the CFA is above what the entry describes
   */
  private static CfaRules cfa(Orc.Entry entry, int added, CfaRules rules) {
    int offset = entry.spOffset() + added;
    return switch (entry.spBase()) {
      case SP -> rules.cfa(RSP, offset);
      case BP -> rules.cfa(RBP, offset);
      case AX -> rules.cfa(RAX, offset);
      case DX -> rules.cfa(RDX, offset);
      case DI -> rules.cfa(RDI, offset);
      case R10 -> rules.cfa(R10, offset);
      case R13 -> rules.cfa(R13, offset);
      case BP_INDIRECT -> rules.cfaInMemory(RBP, entry.spOffset(), added);
      case SP_INDIRECT -> rules.cfaInMemory(RSP, 0, offset);
      case UNDEFINED, PREV_SP -> rules.undefined(RETURN_ADDRESS);
    };
  }

  /**
   * The caller's stack pointer was put where rsp points at now. The frame is told by its place on
   * the stack that it is on, so that frames called from it are not taken for older ones.
   */
  private static void fromOtherStack(Orc.Entry entry, CfaRules rules) {
    int offset = entry.spOffset();
    rules.cfa(RSP, WORD);
    rules.valueInMemory(RSP, RSP, offset);
    rules.savedInMemory(RETURN_ADDRESS, RSP, offset - WORD);
    if (entry.bpBase() == Base.PREV_SP) {
      rules.savedInMemory(RBP, RSP, offset + entry.bpOffset());
    } else {
      bp(entry, rules);
    }
    preserved(rules, true);
  }

  private static void bp(Orc.Entry entry, CfaRules rules) {
    switch (entry.bpBase()) {
      case UNDEFINED -> rules.same(RBP);
      case PREV_SP -> rules.saved(RBP, entry.bpOffset() / WORD * WORD);
      case BP -> rules.savedAt(RBP, RBP, entry.bpOffset());
      case SP -> rules.savedAt(RBP, RSP, entry.bpOffset());
      default -> rules.undefined(RBP);
    }
  }

  /** The registers that a function must preserve, but for rbp. */
  private static void preserved(CfaRules rules, boolean lost) {
    for (int register : PRESERVED) {
      if (lost) {
        rules.undefined(register);
      } else {
        rules.same(register);
      }
    }
  }
}
