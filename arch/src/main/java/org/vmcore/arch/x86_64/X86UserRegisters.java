package org.vmcore.arch.x86_64;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.EntryFrame;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;

/**
 * The registers of a program, in a {@code struct pt_regs} (Linux arch/x86/include/asm/ptrace.h)
 * that ends where the kernel stack does: with FRED (since 6.9, TOP_OF_KERNEL_STACK_PADDING of
 * arch/x86/include/asm/thread_info.h) 16 bytes before.
 */
final class X86UserRegisters {
  /** {@code struct pt_regs}. */
  private static final List<String> PT_REGS = X86Notes.PR_REG.subList(0, 21);

  private static final long SIZE = PT_REGS.size() * (long) Long.BYTES;
  private static final long FRED_PADDING = 16;
  private static final long SMALLEST_STACK = 8 << 10;

  /**
   * What the entry code of system calls did not save for most of them before Linux 4.16 (commit
   * 21d375b6b34f, "x86/entry/64: Remove the SYSCALL64 fast path"), and the labels of the path that
   * did not.
   */
  private static final List<String> LEFT_ALONE = List.of("r15", "r14", "r13", "r12", "rbp", "rbx");

  private static final List<String> FAST_PATHS =
      List.of("entry_SYSCALL_64_fastpath", "system_call_fastpath");

  /** In the upper bits of the selectors FRED tells of the event. */
  private static final long SELECTOR = 0xffff;

  private static final long PRIVILEGE = 3;

  /** EFLAGS bit 1 is always set, 22 and up are not (Intel SDM vol. 1, 3.4.3). */
  private static final long EFLAGS_FIXED = 2 | -1L << 22;

  private X86UserRegisters() {}

  static Optional<RegisterValues> of(SwitchedOutTask task) {
    OptionalLong frame =
        EntryFrame.find(task, SMALLEST_STACK, at -> isUsers(task, at), SIZE, SIZE + FRED_PADDING);
    if (frame.isEmpty()) {
      return Optional.empty();
    }
    SavedRegisters saved =
        new SavedRegisters(X86Registers.OF_PROGRAMS, ByteOrder.LITTLE_ENDIAN, task);
    boolean partial =
        word(task, frame.getAsLong(), "orig_rax") >= 0
            && FAST_PATHS.stream().anyMatch(label -> task.symbol(label).isPresent());
    for (int i = 0; i < PT_REGS.size(); i++) {
      String register = PT_REGS.get(i);
      if (!partial || !LEFT_ALONE.contains(register)) {
        saved.word(register, frame.getAsLong() + (long) i * Long.BYTES);
      }
    }
    for (String register : List.of("cs", "ss")) {
      saved.set(register, OptionalLong.of(word(task, frame.getAsLong(), register) & SELECTOR));
    }
    // Until Linux 4.13 (commit 296f781a4b78, "x86/asm/64: Rename thread_struct's fs and gs to
    // fsbase and gsbase") they had the selectors' names.
    return Optional.of(
        saved
            .set("fs_base", either(task, "thread.fsbase", "thread.fs"))
            .set("gs_base", either(task, "thread.gsbase", "thread.gs"))
            .member("fs", "thread.fsindex")
            .member("gs", "thread.gsindex")
            .member("ds", "thread.ds")
            .member("es", "thread.es")
            .build());
  }

  private static OptionalLong either(SwitchedOutTask task, String now, String then) {
    OptionalLong value = task.member(now);
    return value.isPresent() ? value : task.member(then);
  }

  private static long word(SwitchedOutTask task, long frame, String register) {
    return task.word(frame + (long) PT_REGS.indexOf(register) * Long.BYTES).orElse(0);
  }

  private static boolean isUsers(SwitchedOutTask task, long frame) {
    return (word(task, frame, "cs") & PRIVILEGE) == PRIVILEGE
        && (word(task, frame, "ss") & PRIVILEGE) == PRIVILEGE
        && (word(task, frame, "eflags") & EFLAGS_FIXED) == 2;
  }
}
