package org.vmcore.gdbstub.port.riscv;

import java.nio.ByteOrder;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.riscv32.Riscv32;
import org.vmcore.arch.riscv64.Riscv64;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.Unwinder;
import org.vmcore.gdbstub.port.api.LinuxPort;

/** Linux on riscv64 and riscv32, which share their assembly. */
public final class RiscvPort implements LinuxPort {
  private final Architecture architecture;

  private RiscvPort(Architecture architecture) {
    this.architecture = architecture;
  }

  public static RiscvPort of64() {
    return new RiscvPort(new Riscv64());
  }

  public static RiscvPort of32() {
    return new RiscvPort(new Riscv32());
  }

  @Override
  public Architecture architecture() {
    return architecture;
  }

  @Override
  public Unwinder unwinder(LinuxKernel kernel) {
    return new RiscvUnwinder(kernel, new KernelText(kernel));
  }

  /** {@code __switch_to} keeps them in {@code thread} (Linux arch/riscv/kernel/entry.S). */
  @Override
  public RegisterValues switchedOut(ByteOrder order, SwitchedOutTask task) {
    SavedRegisters saved = new SavedRegisters(architecture.registers(), order, task);
    saved.member("pc", "thread.ra").member("ra", "thread.ra").member("sp", "thread.sp");
    saved.member("fp", "thread.s[0]");
    for (int i = 1; i <= 11; i++) {
      saved.member("s" + i, "thread.s[" + i + "]");
    }
    return saved.build();
  }
}
