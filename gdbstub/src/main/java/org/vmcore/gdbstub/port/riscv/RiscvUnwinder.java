package org.vmcore.gdbstub.port.riscv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.Frame;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.PtRegs;
import org.vmcore.gdbstub.linux.stack.RuleUnwinder;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/** riscv64 and riscv32, by {@link RiscvRules}. */
final class RiscvUnwinder extends RuleUnwinder {
  /** Linux arch/riscv/include/asm/ptrace.h: struct pt_regs. */
  private static final String PT_REGS =
      "pc ra sp gp tp t0 t1 t2 fp s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11"
          + " t3 t4 t5 t6 status badaddr cause";

  // sstatus: RISC-V Privileged Architecture, 4.1.1.
  private static final long PREVIOUS_SUPERVISOR = 1 << 8;
  private static final long INTERRUPTS_ENABLED = 1 << 1;

  /** Exception codes and, with the highest bit, interrupts (same manual, table 4.2). */
  private static final long MAX_CAUSE = 64;

  RiscvUnwinder(LinuxKernel kernel, KernelText text) {
    super(
        kernel.memory(),
        text,
        new RiscvRules(kernel, text, new PtRegs(kernel.memory(), PT_REGS)),
        "pc",
        "sp");
  }

  /** JAL and JALR that set ra, or C.JALR, or what is C.JAL on riscv32 alone. */
  @Override
  public boolean followsCall(long returnAddress) {
    byte[] bytes = memory().upTo(returnAddress - 4, 4);
    if (bytes.length < 4) {
      return true;
    }
    int code = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    return (code & 0xfff) == 0x0ef
        || (code & 0x7fff) == 0x00e7
        || ((code >>> 16) & 0xf07f) == 0x9002
        || (isNarrow() && ((code >>> 16) & 0xe003) == 0x2001);
  }

  private boolean isNarrow() {
    return memory().wordBytes() == Integer.BYTES;
  }

  @Override
  protected long lookup(Frame frame) {
    Optional<Located> label = text().of(frame).filter(found -> found.offset() == 0);
    return label.isPresent() ? frame.pc() : frame.lookupPc();
  }

  @Override
  protected Interrupted interrupted(FrameRegisters saved) {
    long status = saved.get("status");
    long cause = saved.get("cause") & (isNarrow() ? Integer.MAX_VALUE : Long.MAX_VALUE);
    long pc = saved.get("pc");
    boolean user = (status & PREVIOUS_SUPERVISOR) == 0;
    boolean plausible =
        (status & INTERRUPTS_ENABLED) == 0
            && cause < MAX_CAUSE
            && (user ? pc > 0 : text().contains(pc));
    if (!plausible) {
      return Interrupted.NOTHING;
    }
    return user ? Interrupted.USER : Interrupted.KERNEL;
  }
}
