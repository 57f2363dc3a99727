package org.vmcore.gdbstub.port.arm;

import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.arm.Arm;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.Unwinder;
import org.vmcore.gdbstub.port.api.InterruptFlag;
import org.vmcore.gdbstub.port.api.LinuxPort;

/** Linux on 32-bit arm. */
public final class ArmPort implements LinuxPort {
  private static final Architecture ARCHITECTURE = new Arm();

  /** CPSR.M and CPSR.T (ARM Architecture Reference Manual, DDI 0406, B1.3.3). */
  private static final long SUPERVISOR_MODE = 0x13;

  private static final long THUMB = 0x20;

  @Override
  public Architecture architecture() {
    return ARCHITECTURE;
  }

  @Override
  public Unwinder unwinder(LinuxKernel kernel) {
    return new ArmUnwinder(kernel, new KernelText(kernel));
  }

  @Override
  public int codeBits(LinuxKernel kernel) {
    return ArmCode.of(kernel).set() == InstructionSet.THUMB ? 1 : 0;
  }

  /**
   * {@code __switch_to} keeps them in {@code thread_info.cpu_context} (Linux
   * arch/arm/kernel/entry-armv.S), and {@code thread_info} lies in the task, or at the start of its
   * stack.
   */
  @Override
  public RegisterValues switchedOut(ByteOrder order, SwitchedOutTask task) {
    SavedRegisters saved = new SavedRegisters(ARCHITECTURE.registers(), order, task);
    OptionalLong pc = context(task, "pc");
    saved.set("pc", pc).set("sp", context(task, "sp"));
    for (int i = 4; i <= 9; i++) {
      saved.set("r" + i, context(task, "r" + i));
    }
    saved.set("r10", context(task, "sl")).set("r11", context(task, "fp"));
    if (pc.isPresent()) {
      // gdb needs it to tell what code it is, and a task is switched out in the kernel alone.
      boolean thumb = (pc.getAsLong() & 1) != 0;
      saved.set("cpsr", OptionalLong.of(SUPERVISOR_MODE | (thumb ? THUMB : 0)));
      saved.set("pc", OptionalLong.of(pc.getAsLong() & ~1L));
    }
    return saved.build();
  }

  private static OptionalLong context(SwitchedOutTask task, String register) {
    OptionalLong inTask = task.member("thread_info.cpu_context." + register);
    if (inTask.isPresent()) {
      return inTask;
    }
    OptionalLong stack = task.member("stack");
    OptionalLong context = task.offset("struct thread_info", "cpu_context." + register);
    return stack.isPresent() && context.isPresent()
        ? task.word(stack.getAsLong() + context.getAsLong())
        : OptionalLong.empty();
  }

  /** CPSR.I masks them (Arm ARM, DDI 0406, B1.3.3). */
  @Override
  public Optional<InterruptFlag> interruptFlag() {
    return Optional.of(new InterruptFlag("cpsr", 1L << 7, false));
  }
}
