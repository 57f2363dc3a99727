package org.vmcore.gdbstub.port.s390x;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;
import org.vmcore.gdbstub.linux.stack.RuleUnwinder;
import org.vmcore.gdbstub.linux.stack.Step;

/**
 * s390x by {@link S390Rules}, and where these are not known by the back chain, which kernels are
 * built with: a frame says where the caller's is, in which the return address is saved. Where it
 * ends there is a {@code struct pt_regs} beyond the frame of the entry code (Linux
 * arch/s390/include/asm/stacktrace.h and arch/s390/kernel/unwind_bc.c).
 */
final class S390Unwinder extends RuleUnwinder {
  private static final int WORD = Long.BYTES;

  /** Linux arch/s390/include/asm/ptrace.h, behind {@code args[1]}. */
  private static final String PT_REGS =
      "pswm pswa r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 r15";

  /** The psw in pt_regs, behind the word args[1]. */
  private static final int PSW = 8;

  /** PSW bit 15, the problem state (z/Architecture Principles of Operation, chapter 4). */
  private static final long PROBLEM_STATE = 1L << 48;

  private final PtRegs saved;

  /** {@code struct stack_frame}: as CONFIG_PACK_STACK has it, and the ABI's own. */
  private enum Layout {
    PACKED(152, 72),
    ABI(0, 48);

    /** Offset of the caller's frame. */
    private final int backChain;

    /** Offset of the registers that a callee saves, r6 first. */
    private final int gprs;

    Layout(int backChain, int gprs) {
      this.backChain = backChain;
      this.gprs = gprs;
    }

    /** Where a callee saved r14. */
    private int returnAddress() {
      return gprs + 8 * WORD;
    }
  }

  S390Unwinder(LinuxKernel kernel, KernelText text) {
    this(kernel, text, new PtRegs(kernel.memory(), PT_REGS));
  }

  private S390Unwinder(LinuxKernel kernel, KernelText text, PtRegs saved) {
    super(kernel.memory(), text, new S390Rules(kernel, text, saved), "pswa", "r15");
    this.saved = saved;
  }

  /** BRASL and BASR, of 6 and 2 bytes (Principles of Operation, chapter 7). */
  @Override
  public boolean followsCall(long returnAddress) {
    byte[] code = memory().upTo(returnAddress - 6, 6);
    return code.length < 6
        || ((code[0] & 0xff) == 0xc0 && code[1] == (byte) 0xe5)
        || (code[4] == 0x0d && (code[5] & 0xf0) == 0xe0);
  }

  @Override
  protected Interrupted interrupted(FrameRegisters regs) {
    long pc = regs.get("pswa");
    if ((regs.get("pswm") & PROBLEM_STATE) != 0) {
      return Interrupted.USER;
    }
    if (regs.get("r15") == 0 || (pc == 0 && !hasCalled(regs))) {
      // A thread of the kernel was made with registers that it never had.
      return Interrupted.NOTHING;
    }
    return text().contains(pc) || hasCalled(regs) ? Interrupted.KERNEL : Interrupted.UNKNOWN;
  }

  /** Whether a function of the kernel's has just called: what it called need be no code. */
  private boolean hasCalled(FrameRegisters regs) {
    OptionalLong link = regs.value("r14");
    return link.isPresent() && text().contains(link.getAsLong() - 1);
  }

  /** The function that called something which is no code. */
  private Step byLink(Frame frame) {
    Map<String, Long> registers = new HashMap<>(frame.registers().values());
    Long link = registers.remove("r14");
    OptionalLong stack = frame.registers().value("r15");
    return link == null || stack.isEmpty()
        ? Step.Stop.LOST
        : caller(link, stack.getAsLong(), new FrameRegisters(registers));
  }

  @Override
  protected Step otherwise(Frame frame) {
    if (frame.kind() == Frame.Kind.INTERRUPTED && !text().contains(frame.pc())) {
      return byLink(frame);
    }
    OptionalLong stack = frame.registers().value("r15");
    return stack.isPresent() ? byBackChain(stack.getAsLong()) : Step.Stop.LOST;
  }

  private Step byBackChain(long stack) {
    for (Layout layout : Layout.values()) {
      OptionalLong next = memory().word(stack + layout.backChain);
      if (next.isPresent() && next.getAsLong() != 0 && next.getAsLong() % WORD == 0) {
        OptionalLong returned = memory().word(next.getAsLong() + layout.returnAddress());
        if (returned.isPresent() && text().contains(returned.getAsLong() - 1)) {
          return caller(
              returned.getAsLong(),
              next.getAsLong(),
              new FrameRegisters(Map.of("r15", next.getAsLong())));
        }
      }
    }
    return saved.read(stack + S390Code.OVERHEAD + PSW).map(this::saved).orElse(Step.Stop.END);
  }
}
