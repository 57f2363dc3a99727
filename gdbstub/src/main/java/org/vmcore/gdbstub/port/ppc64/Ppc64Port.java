package org.vmcore.gdbstub.port.ppc64;

import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.ppc64.Ppc64;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.Unwinder;
import org.vmcore.gdbstub.port.api.InterruptFlag;
import org.vmcore.gdbstub.port.api.LinuxPort;

/** Linux on ppc64 and ppc64le. */
public final class Ppc64Port implements LinuxPort {
  private static final Architecture ARCHITECTURE = new Ppc64();

  /** Behind 32 general registers (Linux arch/powerpc/include/uapi/asm/ptrace.h). */
  private static final long NIP_IN_PT_REGS = 256;

  @Override
  public Architecture architecture() {
    return ARCHITECTURE;
  }

  @Override
  public Unwinder unwinder(LinuxKernel kernel) {
    return new Ppc64Unwinder(kernel, new KernelText(kernel));
  }

  /**
   * {@code thread.ksp} points at the frame that {@code _switch} has made, which ends with a {@code
   * struct pt_regs} of r14 to r31 and of the link register as {@code nip}. Its back chain is the
   * caller's stack pointer, so that how much lies before the registers need not be known.
   */
  @Override
  public RegisterValues switchedOut(ByteOrder order, SwitchedOutTask task) {
    SavedRegisters saved = new SavedRegisters(ARCHITECTURE.registers(), order, task);
    OptionalLong ksp = task.member("thread.ksp");
    OptionalLong size = task.size("struct pt_regs");
    OptionalLong caller = ksp.isPresent() ? task.word(ksp.getAsLong()) : OptionalLong.empty();
    if (caller.isEmpty() || size.isEmpty()) {
      return saved.build();
    }
    long regs = caller.getAsLong() - size.getAsLong();
    for (int i = 14; i <= 31; i++) {
      saved.word("r" + i, regs + (long) i * Long.BYTES);
    }
    return saved.set("r1", caller).word("pc", regs + NIP_IN_PT_REGS).build();
  }

  /** MSR.EE (Power ISA, Book III, 3.2.1). */
  @Override
  public Optional<InterruptFlag> interruptFlag() {
    return Optional.of(new InterruptFlag("msr", 1L << 15, true));
  }
}
