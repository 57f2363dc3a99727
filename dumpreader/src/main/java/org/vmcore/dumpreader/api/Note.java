package org.vmcore.dumpreader.api;

/**
 * One ELF note (gABI, "Note Section").
 *
 * @param name the owner, such as {@code CORE} or {@code QEMU}, without its terminating NUL
 * @param type {@code n_type}, whose meaning belongs to the owner
 * @param fileOffset where the descriptor starts in the dump file, for messages
 * @param descriptor {@code n_desc}; callers must not change it
 */
@SuppressWarnings("ArrayRecordComponent") // Notes are parsed once, never compared.
public record Note(String name, int type, long fileOffset, byte[] descriptor) {
  /** The owner of notes that the kernel itself defines (Linux include/uapi/linux/elf.h). */
  public static final String CORE = "CORE";

  /** {@code NT_PRSTATUS} of {@link #CORE}. */
  public static final int NT_PRSTATUS = 1;

  /** The owner of QEMU's CPU state notes (QEMU target/i386/arch_dump.c), type 0. */
  public static final String QEMU = "QEMU";

  /**
   * Of this program, type 1: bit n of the little-endian u64 in it says that word n of {@code
   * pr_reg} in the NT_PRSTATUS before it is not known. For formats that do not keep all registers.
   */
  public static final String ABSENT_REGISTERS = "vmcore-gdbserver";

  /** The owner of the note that holds VMCOREINFO (Linux include/linux/crash_core.h), type 0. */
  public static final String VMCOREINFO = "VMCOREINFO";

  /** The owner of the note in which makedumpfile -E lists what it erased (its elf_info.h). */
  public static final String ERASEINFO = "ERASEINFO";
}
