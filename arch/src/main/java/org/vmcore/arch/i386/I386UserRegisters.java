package org.vmcore.arch.i386;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.EntryFrame;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;

/**
 * The registers of a program, in a {@code struct pt_regs} (Linux arch/x86/include/asm/ptrace.h) at
 * the end of the kernel stack. Behind it are 8 bytes (TOP_OF_KERNEL_STACK_PADDING of
 * arch/x86/include/asm/thread_info.h), or 16 with CONFIG_VM86, whose segment registers are there.
 */
final class I386UserRegisters {
  private static final List<String> PT_REGS = I386Notes.PRSTATUS.registers();

  /** Which are 16 bits wide; what the other halves of their words hold is not defined. */
  private static final List<String> SELECTORS = List.of("ds", "es", "fs", "gs", "cs", "ss");

  private static final long SIZE = PT_REGS.size() * (long) Integer.BYTES;
  private static final long SMALLEST_STACK = 4 << 10;
  private static final long PADDING = 8;
  private static final long VM86_PADDING = 16;

  private static final long SELECTOR = 0xffff;
  private static final long PRIVILEGE = 3;

  /** EFLAGS bit 1 is always set, 22 and up are not (Intel SDM vol. 1, 3.4.3). */
  private static final long EFLAGS_FIXED = 2 | 0xffc0_0000L;

  private I386UserRegisters() {}

  static Optional<RegisterValues> of(SwitchedOutTask task) {
    OptionalLong frame =
        EntryFrame.find(
            task,
            SMALLEST_STACK,
            at -> isUsers(task, at),
            SIZE + PADDING,
            SIZE + VM86_PADDING,
            SIZE);
    if (frame.isEmpty()) {
      return Optional.empty();
    }
    SavedRegisters saved =
        new SavedRegisters(I386Registers.OF_PROGRAMS, ByteOrder.LITTLE_ENDIAN, task)
            .words(PT_REGS, frame.getAsLong(), Integer.BYTES);
    for (String register : SELECTORS) {
      saved.set(register, OptionalLong.of(word(task, frame.getAsLong(), register) & SELECTOR));
    }
    return Optional.of(saved.build());
  }

  private static long word(SwitchedOutTask task, long frame, String register) {
    return task.word(frame + (long) PT_REGS.indexOf(register) * Integer.BYTES).orElse(0);
  }

  private static boolean isUsers(SwitchedOutTask task, long frame) {
    return (word(task, frame, "cs") & PRIVILEGE) == PRIVILEGE
        && (word(task, frame, "ss") & PRIVILEGE) == PRIVILEGE
        && (word(task, frame, "eflags") & EFLAGS_FIXED) == 2;
  }
}
