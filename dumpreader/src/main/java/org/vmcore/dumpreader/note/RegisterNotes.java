package org.vmcore.dumpreader.note;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
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

  private static final int QEMU_STATE = 440;
  private static final int QEMU_RIP = 136;
  private static final int QEMU_CR0 = 392;
  private static final int QEMU_KERNEL_GS_BASE = 432;

  private RegisterNotes() {}

  /**
   * An NT_PRSTATUS and, where registers are missing, what says which.
   *
   * @param registers those that the format has
   * @param fileOffset of the registers in the file
   */
  public static List<Note> x86(Map<X86, Long> registers, long fileOffset) {
    ByteBuffer prstatus =
        ByteBuffer.allocate(X86_PRSTATUS).order(ByteOrder.LITTLE_ENDIAN).position(PR_REG);
    long absent = 0;
    int word = 0;
    for (X86 register : X86.values()) {
      Long value = registers.get(register);
      prstatus.putLong(value == null ? 0 : value);
      absent |= value == null ? 1L << word : 0;
      word++;
    }
    List<Note> notes = new ArrayList<>();
    notes.add(new Note(Note.CORE, Note.NT_PRSTATUS, fileOffset, prstatus.array()));
    if (absent != 0) {
      ByteBuffer mask = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      notes.add(new Note(Note.ABSENT_REGISTERS, 1, fileOffset, mask.putLong(absent).array()));
    }
    return notes;
  }

  /**
   * Control registers, as QEMU's note has them (QEMU target/i386/arch_dump.c, struct QEMUCPUState).
   *
   * @param rip of the CPU, by which the note is known to be its
   * @param control CR0 to CR4; there is no CR1
   * @param fileOffset of the registers in the file
   */
  public static Note x86Control(long rip, long[] control, long kernelGsBase, long fileOffset) {
    ByteBuffer state = ByteBuffer.allocate(QEMU_STATE).order(ByteOrder.LITTLE_ENDIAN);
    state.putInt(0, 1).putInt(4, QEMU_STATE).putLong(QEMU_RIP, rip);
    for (int i = 0; i < control.length; i++) {
      state.putLong(QEMU_CR0 + i * Long.BYTES, control[i]);
    }
    state.putLong(QEMU_KERNEL_GS_BASE, kernelGsBase);
    return new Note(Note.QEMU, 0, fileOffset, state.array());
  }
}
