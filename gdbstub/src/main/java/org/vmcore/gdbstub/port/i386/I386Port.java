package org.vmcore.gdbstub.port.i386;

import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.i386.I386;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.stack.Unwinder;
import org.vmcore.gdbstub.port.api.InterruptFlag;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.port.x86.FramePointers;
import org.vmcore.gdbstub.port.x86.X86Regs;

/** Linux on 32-bit x86. */
public final class I386Port implements LinuxPort {
  private static final Architecture ARCHITECTURE = new I386();
  private static final String FRAME = "struct inactive_task_frame";

  /** Behind the flags, si and di, where no types tell. */
  private static final long BX_IN_FRAME = 12;

  @Override
  public Architecture architecture() {
    return ARCHITECTURE;
  }

  @Override
  public Unwinder unwinder(LinuxKernel kernel) {
    return FramePointers.i386(kernel, new KernelText(kernel));
  }

  /**
   * {@code thread.sp} points at what {@code __switch_to_asm} has pushed, a {@code struct
   * inactive_task_frame} that ends with where it returns to (Linux arch/x86/include/asm/
   * switch_to.h) and may begin with the flags. Before Linux 4.9 (commit 0100301bfdf5, "sched/x86:
   * Rewrite the switch_to() code") switch_to() was inline, pushed the flags and ebp, and saved
   * where to go on in {@code thread.ip}.
   */
  @Override
  public RegisterValues switchedOut(ByteOrder order, SwitchedOutTask task) {
    SavedRegisters saved = new SavedRegisters(ARCHITECTURE.registers(), order, task);
    OptionalLong sp = task.member("thread.sp");
    if (sp.isEmpty()) {
      return saved.build();
    }
    long frame = sp.getAsLong();
    OptionalLong inline = task.member("thread.ip");
    if (inline.isPresent()) {
      return saved
          .word("ebp", frame)
          .word("eflags", frame + Integer.BYTES)
          .set("esp", sp)
          .set("eip", inline)
          .build();
    }
    long bx = task.offset(FRAME, "bx").orElse(BX_IN_FRAME);
    if (bx == BX_IN_FRAME) {
      saved.word("eflags", frame);
    }
    return saved
        .word("esi", frame + bx - 2 * Integer.BYTES)
        .word("edi", frame + bx - Integer.BYTES)
        .word("ebx", frame + bx)
        .word("ebp", frame + bx + Integer.BYTES)
        .word("eip", frame + bx + 2 * Integer.BYTES)
        .set("esp", OptionalLong.of(frame + bx + 3 * Integer.BYTES))
        .build();
  }

  @Override
  public boolean pushesReturns() {
    return true;
  }

  /** EFLAGS.IF (Intel SDM vol. 1, 3.4.3.3). */
  @Override
  public Optional<InterruptFlag> interruptFlag() {
    return Optional.of(X86Regs.INTERRUPTS);
  }
}
