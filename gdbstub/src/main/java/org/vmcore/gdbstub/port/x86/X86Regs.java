package org.vmcore.gdbstub.port.x86;

import java.util.List;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.PtRegs;
import org.vmcore.gdbstub.port.api.InterruptFlag;

/** How entry code saves registers (Linux arch/x86/include/asm/ptrace.h). */
public final class X86Regs {
  /** EFLAGS bit 1 is always set (Intel SDM volume 1, 3.4.3). */
  private static final long ALWAYS_SET = 2;

  /** EFLAGS bits 3, 5, 15 and from 22 on are never set (same place). */
  private static final long NEVER_SET = 0xffff_ffff_ffc0_8028L;

  /** EFLAGS.IF (same place). */
  public static final InterruptFlag INTERRUPTS = new InterruptFlag("eflags", 1L << 9, true);

  private static final String REGS_64 =
      "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss";

  /** Of these what the CPU itself pushes (Intel SDM volume 3A, 6.14.2). */
  private static final String PUSHED_64 = "rip cs eflags rsp ss";

  private static final String REGS_32 =
      "ebx ecx edx esi edi ebp eax ds es fs gs orig_eax eip cs eflags esp ss";

  private X86Regs() {}

  /** Whether a value can be that of EFLAGS. */
  public static boolean areFlags(long value) {
    return (value & ALWAYS_SET) != 0 && (value & NEVER_SET) == 0;
  }

  /** All, on x86-64. */
  public static PtRegs all64(KernelMemory memory) {
    return new PtRegs(memory, REGS_64);
  }

  /** What the CPU pushed, on x86-64. */
  public static PtRegs pushed64(KernelMemory memory) {
    return new PtRegs(memory, PUSHED_64);
  }

  /** All, on i386. */
  static PtRegs all32(KernelMemory memory) {
    return new PtRegs(memory, REGS_32);
  }

  /** Registers that entry code has not saved yet may still be what they were. */
  public static List<String> notPushed64() {
    return List.of(
        "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx",
        "rsi", "rdi");
  }
}
