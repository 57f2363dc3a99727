package org.vmcore.gdbstub.port.x86_64;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.orc.Orc;
import org.vmcore.gdbstub.linux.orc.Orc.Base;
import org.vmcore.gdbstub.linux.stack.CodeRules;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;
import org.vmcore.gdbstub.linux.stack.KernelFunctions;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.port.x86.Prologue;
import org.vmcore.gdbstub.port.x86.X86Regs;

/**
 * x86-64 by the kernel's ORC tables, its assembly included: what was interrupted gets all its
 * registers from the pt_regs on the stack, and at the end of a stack there is no caller. ORC knows
 * the stack pointer, the return address and rbp; of the registers that a function must preserve,
 * the others are the caller's as long as it has pushed nothing, and lost from then on. Functions
 * that the tables leave out are known by their first instructions.
 */
final class OrcRules implements CodeRules {
  /**
   * Functions that debuggers should show by their names (Linux arch/x86/entry/entry_64.S,
   * entry_64_compat.S; arch/x86/include/asm/idtentry.h for {@code sysvec_}), though they are where
   * a stack ends or another begins. Labels within them are symbols of their own, with the same
   * beginning.
   */
  private static final List<byte[]> NAMED =
      Stream.of("entry_SYS", "entry_INT80", "ret_from_fork", "sysvec_", "common_interrupt")
          .map(name -> name.getBytes(ISO_8859_1))
          .toList();

  private static final int WORD = Long.BYTES;

  private static final List<String> PRESERVED = List.of("rbx", "r12", "r13", "r14", "r15");

  /** DWARF's order is another: rax, rcx, rdx, rbx, rsp, ... as instructions number them. */
  private static final List<String> NUMBERED =
      List.of(
          "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
          "r13", "r14", "r15");

  private static final FrameRule END = FrameRule.nobody(new Place.By("rsp", WORD), "rip");

  /** User addresses with five levels of page tables end here; the first page is never mapped. */
  private static final long USER_START = 0x1000;

  private static final long USER_END = 1L << 56;

  private final LinuxKernel kernel;
  private final KernelText text;
  private final List<Orc> tables;
  private final PtRegs saved;
  private final PtRegs pushed;

  /** By {@link Orc#meaning}. */
  private final Map<Long, Told> told = new ConcurrentHashMap<>();

  /**
   * What an entry says, wherever it begins.
   *
   * @param named the rule where debuggers should show a name
   */
  private record Told(Orc.Entry entry, FrameRule rule, FrameRule named) {}

  /** A stretch of code that has a name for debuggers. */
  private record Range(long start, long length) {}

  OrcRules(LinuxKernel kernel, KernelText text) {
    this.kernel = kernel;
    this.text = text;
    this.tables = kernel.orc();
    this.saved = X86Regs.all64(kernel.memory());
    this.pushed = X86Regs.pushed64(kernel.memory());
  }

  @Override
  public Optional<FrameRule> at(long pc) {
    Optional<Told> found = told(pc);
    return found.isEmpty() || found.get().entry().type() == Orc.Type.UNDEFINED
        ? prologue(pc)
        : found.map(Told::rule);
  }

  /** Each table is of one stretch of code: the nearest entry below is that of the right one. */
  private Optional<Told> told(long pc) {
    Optional<Told> nearest = Optional.empty();
    long start = 0;
    for (Orc table : tables) {
      int found = table.indexAt(pc);
      if (found >= 0
          && (nearest.isEmpty() || Long.compareUnsigned(table.start(found), start) > 0)) {
        nearest = Optional.of(told(table, found));
        start = table.start(found);
      }
    }
    return nearest;
  }

  private Told told(Orc table, int number) {
    return told.computeIfAbsent(
        table.meaning(number),
        meaning -> {
          Orc.Entry entry = table.entry(number);
          return new Told(entry, make(entry, false), make(entry, true));
        });
  }

  private Optional<FrameRule> prologue(long pc) {
    return text.functionAt(pc)
        .flatMap(
            function ->
                Prologue.read(kernel.memory(), function.start(), pc - function.start() + 1)
                    .filter(found -> pc - function.start() >= found.bodyOffset()))
        .map(OrcRules::rule);
  }

  /**
   * Of a function's body. Registers that it has not pushed at once it may have saved later, where
   * only some of its paths need them.
   */
  private static FrameRule rule(Prologue prologue) {
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
  private static boolean isAtStart(Orc.Entry entry) {
    return entry.type() == Orc.Type.CALL
        && entry.spBase() == Base.SP
        && entry.spOffset() == WORD
        && entry.bpBase() == Base.UNDEFINED;
  }

  /** LLDB takes one FDE for all of a function, and its rows to count from where that starts. */
  @Override
  public void forEach(Consumer<Stretch> action) {
    FunctionStarts functions = new FunctionStarts(KernelFunctions.starts(kernel));
    List<Range> named = named();
    tables.forEach(table -> forEach(table, functions, named, action));
    notInOrc(action);
    action.accept(new Stretch(USER_END, List.of(new Row(USER_START, END))));
  }

  /** Those of the module's own tables. */
  @Override
  public void forEachOf(KernelModule module, Consumer<Stretch> action) {
    FunctionStarts functions = new FunctionStarts(KernelFunctions.starts(module));
    for (Orc table : tables) {
      boolean isOf = table.count() > 0 && module.hasCodeAt(table.start(0));
      if (isOf) {
        forEach(table, functions, List.of(), action);
      }
    }
  }

  private void forEach(
      Orc table, FunctionStarts functions, List<Range> named, Consumer<Stretch> action) {
    List<Row> open = new ArrayList<>();
    for (int i = 0; i < table.count() - 1; i++) {
      long start = table.start(i);
      long next = table.start(i + 1);
      if (next == start) {
        continue;
      }
      Told told = told(table, i);
      Orc.Entry entry = told.entry();
      // Padding between functions is undefined: nobody is ever there, and it is much.
      boolean isOmitted = entry.type() == Orc.Type.UNDEFINED;
      boolean starts = functions.isEmpty() ? isAtStart(entry) : functions.contains(start);
      if (isOmitted || starts) {
        close(open, start, action);
      }
      if (!isOmitted) {
        FrameRule rule = matters(entry) && isNamed(named, start) ? told.named() : told.rule();
        open.add(new Row(start, rule));
        OptionalLong inside = functions.between(start, next);
        while (inside.isPresent()) {
          close(open, inside.getAsLong(), action);
          open.add(new Row(inside.getAsLong(), rule));
          inside = functions.between(inside.getAsLong(), next);
        }
      }
    }
    close(open, table.start(table.count() - 1), action);
  }

  private static void close(List<Row> open, long end, Consumer<Stretch> action) {
    if (!open.isEmpty()) {
      action.accept(new Stretch(end, List.copyOf(open)));
      open.clear();
    }
  }

  /** Functions of which ORC knows nothing, where they do something to the stack. */
  private void notInOrc(Consumer<Stretch> action) {
    Orc orc = tables.get(0);
    KernelMemory memory = kernel.memory();
    Kallsyms table = kernel.kallsyms().orElse(null);
    for (int i = 0; table != null && i < table.count(); i++) {
      if (Character.toLowerCase(table.type(i)) == 't' && isLeftOut(orc, table, i)) {
        long start = table.address(i);
        long end = start + table.size(i);
        Prologue.read(memory, start, table.size(i))
            .ifPresent(
                found ->
                    action.accept(
                        new Stretch(
                            end,
                            List.of(
                                new Row(start, called(new Place.By("rsp", WORD), false)),
                                new Row(start + found.bodyOffset(), rule(found))))));
      }
    }
  }

  /** From its first byte to its last, and of several symbols in one place only for the first. */
  private static boolean isLeftOut(Orc orc, Kallsyms table, int symbol) {
    long start = table.address(symbol);
    long last = start + table.size(symbol) - 1;
    Optional<Orc.Entry> entry = orc.at(start);
    return table.size(symbol) > 0
        && (symbol == 0 || table.address(symbol - 1) != start)
        && entry.isPresent()
        && entry.get().type() == Orc.Type.UNDEFINED
        && entry.equals(orc.at(last));
  }

  private List<Range> named() {
    List<Range> ranges = new ArrayList<>();
    kernel.kallsyms().ifPresent(table -> addNamed(table, ranges));
    return ranges;
  }

  private static void addNamed(Kallsyms table, List<Range> ranges) {
    table.forEach(
        (symbol, name, start, length, type, address) -> {
          for (byte[] prefix : NAMED) {
            if (length >= prefix.length
                && Arrays.equals(name, start, start + prefix.length, prefix, 0, prefix.length)) {
              ranges.add(new Range(address, table.size(symbol)));
            }
          }
        });
  }

  /** Whether it makes a difference if a debugger should show a name. */
  private static boolean matters(Orc.Entry entry) {
    return entry.type() == Orc.Type.REGS || entry.spBase() == Base.SP_INDIRECT;
  }

  private static boolean isNamed(List<Range> ranges, long address) {
    for (Range range : ranges) {
      if (Long.compareUnsigned(address - range.start(), range.length()) < 0) {
        return true;
      }
    }
    return false;
  }
}
