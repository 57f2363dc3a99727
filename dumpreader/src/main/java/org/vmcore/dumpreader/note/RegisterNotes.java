package org.vmcore.dumpreader.note;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.vmcore.dumpreader.api.Note;

/**
 * Registers that a format keeps in a form of its own, as the notes that the kernel would have
 * written of them: readers of registers then know one form.
 */
public final class RegisterNotes {
  /**
   * {@code pr_reg} of x86-64 (Linux arch/x86/include/asm/user_64.h, struct user_regs_struct), in
   * its order.
   */
  public enum X86 {
    R15,
    R14,
    R13,
    R12,
    RBP,
    RBX,
    R11,
    R10,
    R9,
    R8,
    RAX,
    RCX,
    RDX,
    RSI,
    RDI,
    ORIG_RAX,
    RIP,
    CS,
    EFLAGS,
    RSP,
    SS,
    FS_BASE,
    GS_BASE,
    DS,
    ES,
    FS,
    GS
  }

  /** {@code struct elf_prstatus} of 64-bit machines (Linux include/linux/elfcore.h). */
  public static final int PR_REG = 112;

  private static final int X86_PRSTATUS = 336;

  private RegisterNotes() {}

  /**
   * An NT_PRSTATUS.
   *
   * @param registers those that the format has; the others become 0
   * @param fileOffset of the registers in the file
   */
  public static Note x86(Map<X86, Long> registers, long fileOffset) {
    ByteBuffer prstatus =
        ByteBuffer.allocate(X86_PRSTATUS).order(ByteOrder.LITTLE_ENDIAN).position(PR_REG);
    for (X86 register : X86.values()) {
      prstatus.putLong(registers.getOrDefault(register, 0L));
    }
    return new Note(Note.CORE, Note.NT_PRSTATUS, fileOffset, prstatus.array());
  }
}
