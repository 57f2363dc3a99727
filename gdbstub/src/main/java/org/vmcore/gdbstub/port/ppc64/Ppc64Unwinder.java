package org.vmcore.gdbstub.port.ppc64;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;
import org.vmcore.gdbstub.linux.stack.RuleUnwinder;
import org.vmcore.gdbstub.linux.stack.Step;

/**
 * ppc64 by {@link Ppc64Rules}, and where these are not known by the back chain: r1 points at the
 * address of the caller's frame, in which the return address is saved (64-Bit ELF V2 ABI, 2.2.2).
 */
final class Ppc64Unwinder extends RuleUnwinder {
  private static final int INSTRUCTION = 4;

  /** Linux arch/powerpc/include/asm/ptrace.h. */
  private static final String PT_REGS =
      "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 r15 r16 r17 r18 r19 r20 r21 r22 r23 r24"
          + " r25 r26 r27 r28 r29 r30 r31 pc msr orig_r3 ctr lr xer cr softe trap dar dsisr";

  /** MSR[PR] (Power ISA, book III, 4.2.1). */
  private static final long PROBLEM_STATE = 1 << 14;

  private final PtRegs saved;

  Ppc64Unwinder(LinuxKernel kernel, KernelText text) {
    this(kernel, text, new PtRegs(kernel.memory(), PT_REGS));
  }

  private Ppc64Unwinder(LinuxKernel kernel, KernelText text, PtRegs saved) {
    super(kernel.memory(), text, new Ppc64Rules(kernel, text, saved), "pc", "r1");
    this.saved = saved;
  }

  /** Branches that set the link register. */
  @Override
  public boolean followsCall(long returnAddress) {
    Optional<ByteBuffer> code = memory().bytes(returnAddress - INSTRUCTION, INSTRUCTION);
    return code.isEmpty() || (code.get().getInt() & 1) != 0;
  }

  @Override
  protected Interrupted interrupted(FrameRegisters regs) {
    if (regs.get("pc") == 0) {
      return Interrupted.NOTHING;
    }
    return (regs.get("msr") & PROBLEM_STATE) != 0 ? Interrupted.USER : Interrupted.KERNEL;
  }

  @Override
  protected Step otherwise(Frame frame) {
    OptionalLong stack = frame.registers().value("r1");
    return stack.isPresent() ? byBackChain(stack.getAsLong()) : Step.Stop.LOST;
  }

  private Step byBackChain(long stack) {
    for (int mark : Ppc64Rules.MARKS) {
      OptionalLong word = memory().word(stack + mark);
      if (word.isPresent() && Ppc64Rules.MARK.contains(word.getAsLong())) {
        return saved
            .read(stack + mark + Ppc64Rules.REGS_BEHIND_MARK)
            .map(this::saved)
            .orElse(Step.Stop.LOST);
      }
    }
    OptionalLong next = memory().word(stack);
    if (next.isPresent() && next.getAsLong() == 0) {
      return Step.Stop.END;
    }
    OptionalLong link = next.isPresent() ? memory().word(next.getAsLong() + Ppc64Code.LINK) : next;
    return link.isPresent()
        ? caller(
            link.getAsLong(), next.getAsLong(), new FrameRegisters(Map.of("r1", next.getAsLong())))
        : Step.Stop.LOST;
  }
}
