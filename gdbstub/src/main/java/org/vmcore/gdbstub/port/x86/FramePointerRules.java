package org.vmcore.gdbstub.port.x86;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;
import org.vmcore.gdbstub.linux.stack.FunctionRules;
import org.vmcore.gdbstub.linux.stack.KernelFunctions;
import org.vmcore.gdbstub.linux.stack.KernelFunctions.Function;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;

/**
 * x86 kernels built with frame pointers (CONFIG_FRAME_POINTER), by the first instructions of their
 * functions: {@code rbp} points at the caller's, the return address is in the word above. Entry
 * code of x86-64 is told by what it does with the registers that it has saved: it passes their
 * address to a handler, or calls by the table of system calls.
 */
public final class FramePointerRules extends FunctionRules {
  /**
   * What threads of the kernel and idle tasks begin with (Linux arch/x86/kernel/entry_64.S,
   * entry_32.S, head64.c, head_32.S).
   */
  private static final Set<String> ENDS =
      Set.of(
          "child_rip",
          "kernel_thread_helper",
          "ret_from_kernel_thread",
          "startup_32_smp",
          "x86_64_start_kernel");

  /** Where i386's handlers return to: debuggers look there, too, for what was interrupted. */
  private static final Set<String> RETURNED_TO =
      Set.of("ret_from_exception", "ret_from_intr", "handle_exception_return");

  /** What debuggers should show by its name, though a stack ends there. */
  private static final List<String> NAMED32 = List.of("entry_", "ret_from_fork");

  /** Functions begin at such addresses; labels within them, such as thread_return, need not. */
  private static final int ALIGNMENT = 16;

  private static final int PUSH_FRAME_POINTER = 0x55;

  /** {@code sub $#,%rsp} of a byte, and how much entry code makes room for so. */
  private static final int SUB_FROM_RSP = 0x4883ec;

  private static final byte ROOM_FOR_ARGUMENTS = 80;
  private static final byte ROOM_FOR_REST = 48;

  /** Bytes of entry code before a label in it. */
  private static final int MAX_BEFORE_LABEL = 160;

  /** Bytes of instructions between the push and the move. */
  private static final int MAX_BETWEEN = 24;

  /** Of so many functions what they begin with is looked at, and how many of them must agree. */
  private static final int SAMPLES = 2000;

  private static final int SAMPLED_BYTES = 16;

  private static final long USER_START = 0x1000;

  /** User addresses with four levels of page tables end here. */
  private static final long USER_END = 1L << 47;

  /** Where the kernel's half begins at the latest, with 32 bits (CONFIG_PAGE_OFFSET). */
  private static final long MAX_USER_END = 0xc000_0000L;

  private final KernelText text;
  private final long kernelStart;
  private final PtRegs saved;
  private final int word;
  private final String pc;
  private final String sp;
  private final String bp;

  FramePointerRules(LinuxKernel kernel, KernelText text, PtRegs saved, String prefix) {
    super(kernel, text);
    this.text = text;
    this.kernelStart = Math.min(MAX_USER_END, kernel.address("_stext").orElse(MAX_USER_END));
    this.saved = saved;
    this.word = kernel.memory().wordBytes();
    this.pc = prefix + "ip";
    this.sp = prefix + "sp";
    this.bp = prefix + "bp";
  }

  /**
   * Whether the compiler was told to keep frame pointers, by how most functions begin. True where
   * no functions are known.
   */
  static boolean areKept(LinuxKernel kernel) {
    int framed = 0;
    int seen = 0;
    List<Function> all = KernelFunctions.of(kernel);
    int step = Math.max(1, all.size() / SAMPLES);
    for (int i = 0; i < all.size(); i += step) {
      byte[] code = kernel.memory().upTo(all.get(i).start(), SAMPLED_BYTES);
      if (code.length == SAMPLED_BYTES && all.get(i).length() >= SAMPLED_BYTES) {
        seen++;
        int first = afterEntry(code);
        framed += making(code, first, kernel.memory().wordBytes()).isPresent() ? 1 : 0;
      }
    }
    return framed * 3 >= seen;
  }

  /**
   * Where a function makes its frame.
   *
   * @param pushed offset behind {@code push %rbp}
   * @param moved offset behind {@code mov %rsp,%rbp}
   */
  private record Making(int pushed, int moved) {}

  /** Whether a function keeps a frame pointer, if only on some of its paths. */
  static boolean makesFrame(byte[] code, int wordBytes) {
    return making(code, code.length, wordBytes).isPresent();
  }

  /**
   * The first place where the caller's frame pointer is pushed and a new one made. Compilers put it
   * behind what some paths can do without, and other instructions in between.
   *
   * @param limit where the push is at last
   */
  private static Optional<Making> making(byte[] code, int limit, int wordBytes) {
    for (int push = afterEntry(code); push <= limit && push < code.length; push++) {
      if ((code[push] & 0xff) == PUSH_FRAME_POINTER) {
        int end = Math.min(code.length - 1, push + MAX_BETWEEN);
        for (int at = push + 1; at < end; at++) {
          if (makesPointer(code, at, wordBytes)) {
            return Optional.of(new Making(push + 1, at + (wordBytes == Long.BYTES ? 3 : 2)));
          }
        }
      }
    }
    return Optional.empty();
  }

  private static boolean makesPointer(byte[] code, int at, int wordBytes) {
    int move = at;
    if (wordBytes == Long.BYTES) {
      if (code[at] != 0x48 || at + 2 >= code.length) {
        return false;
      }
      move++;
    }
    int opcode = code[move] & 0xff;
    int operands = code[move + 1] & 0xff;
    // i386's entry code makes a frame pointer that is none: and $0x7fffffff,%ebp comes next.
    boolean marks =
        move + 3 < code.length
            && (code[move + 2] & 0xff) == 0x81
            && (code[move + 3] & 0xff) == 0xe5;
    return !marks && ((opcode == 0x89 && operands == 0xe5) || (opcode == 0x8b && operands == 0xec));
  }

  /** Offset after endbr and what is left or made of a call to __fentry__. */
  static int afterEntry(byte[] code) {
    int at = 0;
    if (code.length >= 4 && code[0] == (byte) 0xf3 && code[1] == 0x0f && code[2] == 0x1e) {
      at = 4;
    }
    if (code.length >= at + 5) {
      int first = code[at] & 0xff;
      boolean nop = first == 0x0f && code[at + 1] == 0x1f;
      boolean nop32 = first == 0x3e && (code[at + 1] & 0xff) == 0x8d;
      boolean prefixes = first == 0x66 && code[at + 1] == 0x66 && code[at + 2] == 0x66;
      if (first == 0xe8 || nop || nop32 || prefixes) {
        at += 5;
      }
    }
    return at;
  }

  @Override
  @SuppressWarnings("ByteBufferBackingArray") // It wraps the whole of one.
  protected List<Row> rows(Function function, ByteBuffer code) {
    long start = function.start();
    if (ENDS.contains(function.name())) {
      return List.of(new Row(start, FrameRule.nobody(new Place.By(sp, word), pc)));
    }
    if (word == Integer.BYTES && RETURNED_TO.contains(function.name())) {
      return List.of(new Row(start, registers(0).asSignal(true)));
    }
    byte[] bytes = code.array();
    Optional<Making> making = making(bytes, bytes.length, word);
    if (making.isPresent()) {
      FrameRule pushed = called(new Place.By(sp, 2L * word)).with(bp, new Where.Saved(-2L * word));
      return List.of(
          new Row(start, called(new Place.By(sp, word))),
          new Row(start + making.get().pushed(), pushed),
          new Row(start + making.get().moved(), framed()));
    }
    List<Row> entry = word == Long.BYTES ? entry(start, bytes) : entry32(function, bytes);
    if (!entry.isEmpty()) {
      return entry;
    }
    if (start % ALIGNMENT != 0) {
      return List.of(new Row(start, framed()));
    }
    return unframed(function);
  }

  /** Nothing is known of who called user programs. */
  @Override
  protected List<Stretch> others() {
    FrameRule end = FrameRule.nobody(new Place.By(sp, word), pc);
    long limit = word == Long.BYTES ? USER_END : kernelStart;
    return List.of(new Stretch(limit, List.of(new Row(USER_START, end))));
  }

  /** A function that keeps no frame pointer, in the end or yet. */
  private List<Row> unframed(Function function) {
    List<Row> rows = new ArrayList<>();
    long start = function.start();
    rows.add(new Row(start, called(new Place.By(sp, word))));
    Optional<Prologue> prologue =
        word == Long.BYTES ? Prologue.read(memory(), start, function.length()) : Optional.empty();
    if (prologue.isPresent()) {
      FrameRule rule = called(new Place.By(sp, prologue.get().frameBytes()));
      int index = prologue.get().pushed().indexOf(Prologue.RBP);
      if (index >= 0) {
        rule = rule.with(bp, new Where.Saved(-(index + 2L) * word));
      }
      rows.add(new Row(start + prologue.get().bodyOffset(), rule));
    }
    return rows;
  }

  private FrameRule called(Place cfa) {
    return FrameRule.caller(cfa, pc).with(pc, new Where.Saved(-word)).with(bp, Where.Same.SAME);
  }

  private FrameRule framed() {
    return called(new Place.By(bp, 2L * word)).with(bp, new Where.Saved(-2L * word));
  }

  /**
   * Where entry code has saved registers: from {@code mov %rsp,%rdi} on all, at the stack pointer;
   * and from {@code call *sys_call_table(,%rax,8)} on all of them, or, before Linux 4.2, those that
   * functions need not preserve, for which {@code sub $80,%rsp} made room (arch/x86/include/asm/
   * calling.h, SAVE_ARGS), before the label that the call is behind; or also the rest, for which
   * {@code sub $48,%rsp} then made some (SAVE_REST).
   */
  private List<Row> entry(long start, byte[] code) {
    List<Row> rows = new ArrayList<>();
    boolean isLabel = start % ALIGNMENT != 0;
    int below = isLabel ? below(memory().upTo(start - MAX_BEFORE_LABEL, MAX_BEFORE_LABEL)) : 0;
    for (int at = 0; at + 7 <= code.length; at++) {
      int three = (code[at] & 0xff) << 16 | (code[at + 1] & 0xff) << 8 | (code[at + 2] & 0xff);
      if (three == SUB_FROM_RSP) {
        below = below(code[at + 3], below);
      } else if (three == 0x4889e7 && isInText(start, at, code)) {
        rows.add(new Row(start + at, registers(0).asSignal(true))); // mov %rsp,%rdi
      } else if (three == 0xff14c5) {
        rows.add(new Row(start + at, registers(below))); // call *#(,%rax,8)
      }
    }
    return rows;
  }

  /** What {@link #entry} has at the end of some code. */
  private int below(byte[] code) {
    int below = 0;
    for (int at = 0; at + 4 <= code.length; at++) {
      int three = (code[at] & 0xff) << 16 | (code[at + 1] & 0xff) << 8 | (code[at + 2] & 0xff);
      below = three == SUB_FROM_RSP ? below(code[at + 3], below) : below;
    }
    return below;
  }

  private int below(byte room, int before) {
    return switch (room) {
      case ROOM_FOR_ARGUMENTS -> 6 * word;
      case ROOM_FOR_REST -> 0;
      default -> before;
    };
  }

  /** The same of i386: all registers, from {@code mov %esp,%eax} on. */
  private List<Row> entry32(Function function, byte[] code) {
    long start = function.start();
    for (int at = 0; at + 2 <= code.length; at++) {
      if ((code[at] & 0xff) == 0x89 && (code[at + 1] & 0xff) == 0xe0 && isInText(start, at, code)) {
        boolean named = NAMED32.stream().anyMatch(function.name()::startsWith);
        return List.of(new Row(start + at, registers(0).asSignal(!named)));
      }
    }
    return List.of();
  }

  /** Whether a call follows soon, to a function or, as handlers are called, by %edi. */
  private boolean isInText(long start, int move, byte[] code) {
    for (int at = move + 2; at + 2 <= Math.min(code.length, move + 32); at++) {
      if (word == Integer.BYTES && (code[at] & 0xff) == 0xff && (code[at + 1] & 0xff) == 0xd7) {
        return true;
      }
      if ((code[at] & 0xff) == 0xe8 && at + 5 <= code.length) {
        int distance = ByteBuffer.wrap(code).order(memory().byteOrder()).getInt(at + 1);
        if (text.contains(start + at + 5 + distance)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * @param below bytes of a pt_regs that would be below the stack pointer
   */
  private FrameRule registers(int below) {
    FrameRule rule = saved.rule(new Place.By(sp, saved.bytes() - below), pc);
    for (int i = 0; i < below / word; i++) {
      rule = rule.with(saved.names().get(i), Where.Same.SAME);
    }
    return rule;
  }
}
