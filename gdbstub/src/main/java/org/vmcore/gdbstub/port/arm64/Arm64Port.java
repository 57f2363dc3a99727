package org.vmcore.gdbstub.port.arm64;

import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.arm64.Arm64;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.Unwinder;
import org.vmcore.gdbstub.port.api.FunctionCode;
import org.vmcore.gdbstub.port.api.InterruptFlag;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.port.api.MemoryOperand;
import org.vmcore.gdbstub.port.api.PointerTypes;
import org.vmcore.gdbstub.port.flow.CodeReader;
import org.vmcore.gdbstub.port.flow.PointerFlow;

/** Linux on arm64. */
public final class Arm64Port implements LinuxPort {
  private static final Architecture ARCHITECTURE = new Arm64();
  private static final CodeReader CODE = new Arm64Steps();
  private static final String CONTEXT = "thread.cpu_context.";

  @Override
  public Architecture architecture() {
    return ARCHITECTURE;
  }

  @Override
  public Unwinder unwinder(LinuxKernel kernel) {
    return new Arm64Unwinder(kernel, new KernelText(kernel));
  }

  /**
   * {@code cpu_switch_to} keeps them in {@code thread.cpu_context} (Linux
   * arch/arm64/kernel/entry.S); {@code pc} there is the link register that it returns by.
   */
  @Override
  public RegisterValues switchedOut(ByteOrder order, SwitchedOutTask task) {
    SavedRegisters saved = new SavedRegisters(ARCHITECTURE.registers(), order, task);
    // gdb cannot go on from a register of the pauth feature that is not there; what the kernel
    // signed is shown without the codes (SignedReturnAddresses), so that nothing is to be masked.
    saved.set("pauth_dmask", OptionalLong.of(0)).set("pauth_cmask", OptionalLong.of(0));
    for (int i = 19; i <= 28; i++) {
      saved.member("x" + i, CONTEXT + "x" + i);
    }
    return saved
        .member("x29", CONTEXT + "fp")
        .member("x30", CONTEXT + "pc")
        .member("sp", CONTEXT + "sp")
        .member("pc", CONTEXT + "pc")
        .build();
  }

  @Override
  public boolean dividesModules() {
    return true;
  }

  @Override
  public Optional<MemoryOperand> operand(byte[] code) {
    return Arm64Operands.of(code);
  }

  /** PSTATE.I masks them (Arm ARM, DDI 0487, C5.2.2). */
  @Override
  public Optional<InterruptFlag> interruptFlag() {
    return Optional.of(new InterruptFlag("cpsr", 1L << 7, false));
  }

  @Override
  public PointerTypes pointerTypes(FunctionCode function) {
    return new PointerFlow(function, CODE);
  }
}
