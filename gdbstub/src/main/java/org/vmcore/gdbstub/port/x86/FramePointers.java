package org.vmcore.gdbstub.port.x86;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Beyond;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;
import org.vmcore.gdbstub.linux.stack.RuleUnwinder;
import org.vmcore.gdbstub.linux.stack.Step;

/**
 * x86 kernels built with frame pointers, by {@link FramePointerRules}. Where entry code saved
 * registers since Linux 4.9 (commit 946c191161ce, "x86/entry/unwind: Create stack frames for saved
 * interrupt registers"), the frame pointer points at these, marked by its lowest bit or, on i386,
 * by the lack of the highest. Before, they are told by what they hold: a code segment, flags, and
 * addresses that go with these.
 */
public final class FramePointers extends RuleUnwinder {
  private static final int USER = 3;

  /** Bytes that a stack may be long: saved registers on another are farther away. */
  private static final long STACK = 32 << 10;

  /** Words on a stack between where a handler was called from and what the CPU had pushed. */
  private static final int MAX_WORDS = 26;

  /** The segments of the kernel's and of user programs' stacks; 0 in 64-bit interrupts. */
  private static final List<Long> STACK_SEGMENTS = List.of(0L, 0x18L, 0x2bL, 0x68L, 0x7bL);

  private final PtRegs saved;
  private final String pc;
  private final String sp;
  private final String bp;
  private final List<Long> codeSegments;
  private final int word;

  /** What is found by looking at every symbol, which no call-frame information needs. */
  private final Lazy<Boolean, RuntimeException> kept;

  /**
   * @param codeSegments those of the kernel and of user programs (Linux
   *     arch/x86/include/asm/segment.h)
   */
  private FramePointers(
      LinuxKernel kernel, KernelText text, PtRegs saved, String prefix, List<Long> codeSegments) {
    super(
        kernel.memory(),
        text,
        new FramePointerRules(kernel, text, saved, prefix),
        prefix + "ip",
        prefix + "sp");
    this.saved = saved;
    this.word = kernel.memory().wordBytes();
    this.pc = prefix + "ip";
    this.sp = prefix + "sp";
    this.bp = prefix + "bp";
    this.codeSegments = codeSegments;
    this.kept = Lazy.of(() -> FramePointerRules.areKept(kernel));
  }

  public static FramePointers x86_64(LinuxKernel kernel, KernelText text) {
    PtRegs saved = X86Regs.all64(kernel.memory());
    return new FramePointers(kernel, text, saved, "r", List.of(0x10L, 0x33L, 0x23L));
  }

  public static FramePointers i386(LinuxKernel kernel, KernelText text) {
    PtRegs saved = X86Regs.all32(kernel.memory());
    return new FramePointers(kernel, text, saved, "e", List.of(0x60L, 0x73L));
  }

  @Override
  public boolean followsCall(long returnAddress) {
    return X86Calls.precede(memory(), returnAddress);
  }

  /** Where the return address to it is. */
  @Override
  protected long place(long cfa, FrameRegisters caller) {
    return memory().truncate(caller.get(sp) - word);
  }

  /** A thread of the kernel has none at its stack's end. */
  @Override
  public Interrupted interrupted(FrameRegisters registers) {
    if (registers.get(pc) == 0 && (registers.get("cs") & USER) == 0) {
      return Interrupted.NOTHING;
    }
    return (registers.get("cs") & USER) == USER ? Interrupted.USER : Interrupted.KERNEL;
  }

  @Override
  public Step beyond(Frame frame) {
    FrameRegisters registers = frame.registers();
    OptionalLong stack = registers.value(sp);
    if (stack.isEmpty()) {
      return Step.Stop.LOST;
    }
    boolean returned = frame.kind() == Frame.Kind.CALLER || frame.kind() == Frame.Kind.GUESSED;
    if (returned) {
      OptionalLong pointer = registers.value(bp);
      OptionalLong regs = pointer.isPresent() ? marked(pointer.getAsLong()) : pointer;
      Step told = regs.isPresent() ? savedAt(regs.getAsLong()) : Step.Stop.LOST;
      if (told != Step.Stop.LOST) {
        return told;
      }
      boolean makesFrame = makesFrame(frame);
      OptionalLong here = makesFrame ? OptionalLong.empty() : entered(stack.getAsLong());
      long whole = stack.getAsLong() + (long) saved.names().indexOf(pc) * word;
      boolean certain = text().functionAt(frame.lookupPc()).isPresent() || here.orElse(0) == whole;
      if (here.isPresent() && !certain) {
        // What is not known to be entry code may be a function with a frame.
        Step framed = checked(otherwise(frame), stack.getAsLong());
        if (framed != Step.Stop.LOST) {
          return framed;
        }
      }
      if (here.isPresent()) {
        return pushedAt(here.getAsLong(), frame, stack.getAsLong());
      }
      if (pointer.isPresent() && kept.get() && pointer.getAsLong() == 0) {
        return Step.Stop.END;
      }
      boolean isCalled = beyondBy(frame).orElse(Beyond.CALLER) == Beyond.CALLER;
      if (!makesFrame && isCalled && kept.get()) {
        // What called another has a frame, if only there.
        return checked(otherwise(frame), stack.getAsLong());
      }
    }
    return kept.get() ? checked(super.beyond(frame), stack.getAsLong()) : Step.Stop.LOST;
  }

  private boolean makesFrame(Frame frame) {
    return text()
        .functionAt(frame.lookupPc())
        .map(function -> memory().upTo(function.start(), (int) function.length()))
        .filter(code -> FramePointerRules.makesFrame(code, word))
        .isPresent();
  }

  /** What the rules say is beyond a frame. */
  private Optional<Beyond> beyondBy(Frame frame) {
    return rules().at(frame.lookupPc()).map(FrameRule::beyond);
  }

  /** A caller's frame is above that of what it called. */
  private static Step checked(Step step, long stack) {
    boolean below =
        step instanceof Step.To to
            && to.frame().kind() == Frame.Kind.CALLER
            && Long.compareUnsigned(to.frame().place(), stack) < 0;
    return below ? Step.Stop.LOST : step;
  }

  @Override
  protected Step otherwise(Frame frame) {
    OptionalLong stack = frame.registers().value(sp);
    OptionalLong pointer = frame.registers().value(bp);
    if (stack.isEmpty() || pointer.isEmpty()) {
      return Step.Stop.LOST;
    }
    boolean exact = frame.kind() == Frame.Kind.INNERMOST || frame.kind() == Frame.Kind.INTERRUPTED;
    if (exact && !text().contains(frame.pc())) {
      Step called = called(stack.getAsLong(), pointer.getAsLong());
      if (called != Step.Stop.LOST) {
        return called;
      }
    }
    return framed(pointer.getAsLong(), stack.getAsLong());
  }

  /** It was called at an address where no code is. */
  private Step called(long stack, long pointer) {
    OptionalLong link = memory().word(stack);
    long top = memory().truncate(stack + word);
    return link.isEmpty()
        ? Step.Stop.LOST
        : caller(link.getAsLong(), top, new FrameRegisters(Map.of(sp, top, bp, pointer)));
  }

  /** The caller of code that keeps a frame pointer. */
  public Step framed(long pointer, long stack) {
    OptionalLong next = memory().word(pointer);
    OptionalLong link = memory().word(pointer + word);
    long top = memory().truncate(pointer + 2L * word);
    if (next.isEmpty() || link.isEmpty() || Long.compareUnsigned(pointer + word, stack) < 0) {
      return Step.Stop.LOST;
    }
    Map<String, Long> registers = Map.of(sp, top, bp, next.getAsLong());
    return caller(link.getAsLong(), top, new FrameRegisters(registers));
  }

  /**
   * Where saved registers are, if a frame pointer tells that it points at some, as since Linux 4.10
   * (commit 946c191161ce, "x86/entry/unwind: Create stack frames for saved interrupt registers").
   * Before, entry code leaves it as the program had it, which may be any number.
   */
  private OptionalLong marked(long pointer) {
    if (word == Long.BYTES) {
      boolean isMarked = (pointer & 1) != 0 && pointer < 0 && (pointer & ~1L) % word == 0;
      return isMarked ? OptionalLong.of(pointer & ~1L) : OptionalLong.empty();
    }
    boolean lacksTop = pointer != 0 && (pointer & 0x8000_0000L) == 0 && pointer % word == 0;
    return lacksTop ? OptionalLong.of(pointer | 0x8000_0000L) : OptionalLong.empty();
  }

  private Step savedAt(long address) {
    return saved
        .read(address)
        .map(found -> saved(completed(address, found)))
        .orElse(Step.Stop.LOST);
  }

  /**
   * On i386 the CPU pushes no stack pointer when the kernel itself is interrupted: what it points
   * at begins where that would be. Since Linux 5.2 (commit 3c88c692c287, "x86/stackframe/32:
   * Provide consistent pt_regs") entry code fills it in.
   */
  private FrameRegisters completed(long address, FrameRegisters registers) {
    boolean user = (registers.get("cs") & USER) == USER;
    if (word == Long.BYTES || user) {
      return registers;
    }
    long inPlace = memory().truncate(address + saved.bytes() - 2L * word);
    boolean filledIn =
        (registers.get("ss") & 0xffff) == 0x68 && registers.get(sp) - inPlace - 1 < STACK;
    if (filledIn && registers.get(sp) > inPlace) {
      return registers;
    }
    Map<String, Long> known = new LinkedHashMap<>(registers.values());
    known.put(sp, inPlace);
    known.remove("ss");
    return new FrameRegisters(known);
  }

  /**
   * The place of what a CPU pushed, where code that makes no frame of its own called: entry code
   * that handles an interruption, on the stack that it is on or on another, whose place it keeps in
   * the first word.
   */
  private OptionalLong entered(long stack) {
    OptionalLong here = pushed(stack);
    OptionalLong other = memory().word(stack);
    boolean elsewhere =
        here.isEmpty()
            && other.isPresent()
            && other.getAsLong() % word == 0
            && Math.abs(other.getAsLong() - stack) > STACK;
    return elsewhere ? pushed(other.getAsLong()) : here;
  }

  /** Where a program counter is that goes with the code segment and the flags behind it. */
  private OptionalLong pushed(long from) {
    byte[] bytes = memory().upTo(from, (MAX_WORDS + 5) * word);
    ByteBuffer words = ByteBuffer.wrap(bytes).order(memory().byteOrder());
    int needed = word == Long.BYTES ? 5 : 3;
    for (int i = 0; i < MAX_WORDS && (i + needed) * word <= bytes.length; i++) {
      long cs = memory().word(words, (i + 1) * word);
      long flags = memory().word(words, (i + 2) * word);
      if (codeSegments.contains(cs & 0xffff)
          && (word == Integer.BYTES || cs >>> 16 == 0)
          && X86Regs.areFlags(flags)
          && fits(memory().word(words, i * word), (cs & USER) == USER)
          && (word == Integer.BYTES
              || STACK_SEGMENTS.contains(memory().word(words, (i + 4) * word)))) {
        return OptionalLong.of(from + (long) i * word);
      }
    }
    return OptionalLong.empty();
  }

  private boolean fits(long address, boolean user) {
    return user ? !text().contains(address) : address == 0 || text().contains(address);
  }

  /** What was interrupted; of what entry code did not save, some may still be as it was. */
  private Step pushedAt(long place, Frame frame, long stack) {
    long start = place - (long) saved.names().indexOf(pc) * word;
    Optional<FrameRegisters> all = saved.read(start);
    if (all.isEmpty()) {
      return Step.Stop.LOST;
    }
    Map<String, Long> known = new LinkedHashMap<>(completed(start, all.get()).values());
    for (int i = 0; i < saved.names().indexOf(pc); i++) {
      long slot = start + (long) i * word;
      String name = saved.names().get(i);
      boolean isBelow = Long.compareUnsigned(slot, stack) < 0;
      if (isBelow && Long.compareUnsigned(stack - slot, STACK) < 0) {
        known.remove(name);
        frame.registers().value(name).ifPresent(value -> known.put(name, value));
      }
    }
    return saved(new FrameRegisters(known));
  }
}
