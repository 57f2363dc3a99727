package org.vmcore.gdbstub.port.s390x;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.s390x.S390x;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.Unwinder;
import org.vmcore.gdbstub.port.api.InterruptFlag;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.port.api.MemoryOperand;

/** Linux on s390x. */
public final class S390Port implements LinuxPort {
  private static final Architecture ARCHITECTURE = new S390x();

  /** {@code mc 0,0}. */
  private static final byte[] MONITOR_CALL = {(byte) 0xaf, 0, 0, 0};

  /** Where {@code struct stack_frame} has its {@code gprs}: packed, and not. */
  private static final long[] GPRS_IN_FRAME = {72, 48};

  @Override
  public Architecture architecture() {
    return ARCHITECTURE;
  }

  @Override
  public Unwinder unwinder(LinuxKernel kernel) {
    return new S390Unwinder(kernel, new KernelText(kernel));
  }

  /**
   * {@code thread.ksp} points at the {@code struct stack_frame} in which {@code __switch_to} has
   * stored r6 to r15 (Linux arch/s390/kernel/entry.S). A packed frame has them in another place
   * than one that is not: r15 among them is the stack pointer itself, which tells.
   */
  @Override
  public RegisterValues switchedOut(ByteOrder order, SwitchedOutTask task) {
    SavedRegisters saved = new SavedRegisters(ARCHITECTURE.registers(), order, task);
    OptionalLong ksp = task.member("thread.ksp");
    for (long gprs : GPRS_IN_FRAME) {
      if (ksp.isPresent() && task.word(ksp.getAsLong() + gprs + 9 * Long.BYTES).equals(ksp)) {
        for (int i = 6; i <= 15; i++) {
          saved.word("r" + i, ksp.getAsLong() + gprs + (i - 6L) * Long.BYTES);
        }
        return saved.word("pswa", ksp.getAsLong() + gprs + 8 * Long.BYTES).build();
      }
    }
    return saved.build();
  }

  /**
   * BUG() is {@code mc 0,0} (Linux arch/s390/include/asm/bug.h), and the PSW of a monitor event is
   * that behind it (z/Architecture Principles of Operation, 6-22: the operation is completed).
   */
  @Override
  public int bugBehind(byte[] code) {
    int start = code.length - MONITOR_CALL.length;
    return start >= 0 && Arrays.equals(code, start, code.length, MONITOR_CALL, 0, MONITOR_CALL.length)
        ? MONITOR_CALL.length
        : 0;
  }

  @Override
  public boolean replacesDebugInfo() {
    return true;
  }

  /** Bits 6 and 7 of the PSW: I/O and external (z/Architecture Principles of Operation, 4-5). */
  @Override
  public Optional<InterruptFlag> interruptFlag() {
    return Optional.of(new InterruptFlag("pswm", 3L << 56, true));
  }

  @Override
  public Optional<MemoryOperand> operand(byte[] code) {
    return S390Operands.of(code);
  }
}
