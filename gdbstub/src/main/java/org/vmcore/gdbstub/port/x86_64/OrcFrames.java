package org.vmcore.gdbstub.port.x86_64;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.orc.Orc;
import org.vmcore.gdbstub.linux.orc.Orc.Base;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;
import org.vmcore.gdbstub.linux.stack.PtRegs;
import org.vmcore.gdbstub.port.x86.Prologue;
import org.vmcore.gdbstub.port.x86.X86Regs;

/**
 * The rules of ORC's entries: what was interrupted gets all its registers from the pt_regs on the
 * stack, and at the end of a stack there is no caller. ORC knows the stack pointer, the return
 * address and rbp; of the registers that a function must preserve, the others are the caller's as
 * long as it has pushed nothing, and lost from then on. Safe for use by several threads.
 */
final class OrcFrames {
  private static final int WORD = Long.BYTES;

  private static final List<String> PRESERVED = List.of("rbx", "r12", "r13", "r14", "r15");

  /** DWARF's order is another: rax, rcx, rdx, rbx, rsp, ... as instructions number them. */
  private static final List<String> NUMBERED =
      List.of(
          "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
          "r13", "r14", "r15");

  /** Of code that nobody called. */
  static final FrameRule END = FrameRule.nobody(new Place.By("rsp", WORD), "rip");

  /** Before a function has done anything. */
  static final FrameRule ENTRY = called(new Place.By("rsp", WORD), false);

  private final PtRegs saved;
  private final PtRegs pushed;

  /** By {@link Orc#meaning}. */
  private final Map<Long, Told> told = new ConcurrentHashMap<>();

  /**
   * What an entry says, wherever it begins.
   *
   * @param named the rule where debuggers should show the function by its name, even where a stack
   *     ends or another begins
   */
  record Told(Orc.Entry entry, FrameRule rule, FrameRule named) {}

  OrcFrames(KernelMemory memory) {
    this.saved = X86Regs.all64(memory);
    this.pushed = X86Regs.pushed64(memory);
  }

  /**
   * Of a function's body. Registers that it has not pushed at once it may have saved later, where
   * only some of its paths need them.
   */
  static FrameRule rule(Prologue prologue) {
    FrameRule rule = called(new Place.By("rsp", prologue.frameBytes()), true);
    long offset = -WORD;
    for (int register : prologue.pushed()) {
      offset -= WORD;
      rule = rule.with(NUMBERED.get(register), new Where.Saved(offset));
    }
    return rule;
  }

  /**
   * @param lost whether the registers that a function must preserve are, but for rbp
   */
  private static FrameRule called(Place cfa, boolean lost) {
    FrameRule rule =
        FrameRule.caller(cfa, "rip")
            .with("rip", new Where.Saved(-WORD))
            .with("rbp", Where.Same.SAME);
    return lost ? rule.with(allLost()) : rule;
  }

  private static Map<String, Where> allLost() {
    Map<String, Where> lost = new TreeMap<>();
    PRESERVED.forEach(register -> lost.put(register, Where.Lost.LOST));
    return lost;
  }

  Told told(Orc table, int number) {
    return told.computeIfAbsent(
        table.meaning(number),
        meaning -> {
          Orc.Entry entry = table.entry(number);
          return new Told(entry, make(entry, false), make(entry, true));
        });
  }

  private FrameRule make(Orc.Entry entry, boolean named) {
    boolean unknown = entry.spBase() == Base.UNDEFINED || entry.spBase() == Base.PREV_SP;
    return switch (entry.type()) {
      case UNDEFINED, END_OF_STACK -> END;
      case CALL -> {
        if (unknown) {
          yield called(new Place.By("rsp", WORD), true).with("rip", Where.Lost.LOST);
        }
        FrameRule call = entry.spBase() == Base.SP_INDIRECT ? switched(entry) : call(entry);
        // The caller is on another stack, which may lie lower: debuggers believe that of signal
        // frames alone.
        boolean elsewhere = entry.spBase() == Base.SP_INDIRECT && !named;
        yield call.asSignal(entry.signal() || elsewhere);
      }
      case REGS -> saved.rule(place(entry, saved.bytes()), "rip").asSignal(!named);
      case REGS_PARTIAL -> {
        FrameRule partial = pushed.rule(place(entry, pushed.bytes()), "rip").asSignal(true);
        for (String register : X86Regs.notPushed64()) {
          partial = partial.with(register, Where.Same.SAME);
        }
        yield partial;
      }
    };
  }

  private static FrameRule call(Orc.Entry entry) {
    FrameRule rule = called(place(entry, 0), !isAtStart(entry));
    return rule.with("rbp", bp(entry));
  }

  private static Where bp(Orc.Entry entry) {
    return switch (entry.bpBase()) {
      case UNDEFINED -> Where.Same.SAME;
      case PREV_SP -> new Where.Saved((long) entry.bpOffset() / WORD * WORD);
      case BP -> new Where.SavedAt(new Place.By("rbp", entry.bpOffset()));
      case SP -> new Where.SavedAt(new Place.By("rsp", entry.bpOffset()));
      default -> Where.Lost.LOST;
    };
  }

  /**
   * The caller's stack pointer was put where rsp points at now. The frame is told by its place on
   * the stack that it is on, so that frames called from it are not taken for older ones.
   */
  private static FrameRule switched(Orc.Entry entry) {
    int offset = entry.spOffset();
    Where bp =
        entry.bpBase() == Base.PREV_SP
            ? new Where.SavedAt(new Place.Pointed("rsp", 0, offset + (long) entry.bpOffset()))
            : bp(entry);
    return called(new Place.By("rsp", WORD), true)
        .with("rsp", new Where.Is(new Place.Pointed("rsp", 0, offset)))
        .with("rip", new Where.SavedAt(new Place.Pointed("rsp", 0, offset - (long) WORD)))
        .with("rbp", bp);
  }

  /**
   * The CFA.
   *
   * @param added how far it is above what the entry describes
   */
  private static Place place(Orc.Entry entry, int added) {
    long offset = entry.spOffset() + (long) added;
    return switch (entry.spBase()) {
      case BP -> new Place.By("rbp", offset);
      case AX -> new Place.By("rax", offset);
      case DX -> new Place.By("rdx", offset);
      case DI -> new Place.By("rdi", offset);
      case R10 -> new Place.By("r10", offset);
      case R13 -> new Place.By("r13", offset);
      case BP_INDIRECT -> new Place.Pointed("rbp", entry.spOffset(), added);
      case SP_INDIRECT -> new Place.Pointed("rsp", 0, offset);
      case SP, UNDEFINED, PREV_SP -> new Place.By("rsp", offset);
    };
  }

  /** How a function starts, and goes on after it returned in the middle. */
  static boolean isAtStart(Orc.Entry entry) {
    return entry.type() == Orc.Type.CALL
        && entry.spBase() == Base.SP
        && entry.spOffset() == WORD
        && entry.bpBase() == Base.UNDEFINED;
  }
}
