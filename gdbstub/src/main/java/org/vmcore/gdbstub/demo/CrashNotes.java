package org.vmcore.gdbstub.demo;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** The ELF notes of the demo's CPUs, as the crash kernel and QEMU write them. */
final class CrashNotes {
  /**
   * {@code struct user_regs_struct}, in order (Linux arch/x86/include/asm/user_64.h), by gdb's
   * names.
   */
  static final List<String> PRSTATUS_REGISTERS =
      List.of(
          "r15",
          "r14",
          "r13",
          "r12",
          "rbp",
          "rbx",
          "r11",
          "r10",
          "r9",
          "r8",
          "rax",
          "rcx",
          "rdx",
          "rsi",
          "rdi",
          "orig_rax",
          "rip",
          "cs",
          "eflags",
          "rsp",
          "ss",
          "fs_base",
          "gs_base",
          "ds",
          "es",
          "fs",
          "gs");

  // struct elf_prstatus (Linux include/linux/elfcore.h) for x86-64.
  private static final int PRSTATUS_SIZE = 336;
  private static final int PR_PID = 32;
  private static final int PR_REG = 112;

  // struct QEMUCPUState (QEMU target/i386/arch_dump.c).
  private static final int QEMU_CPU_STATE_SIZE = 440;
  private static final List<String> QEMU_REGISTERS =
      List.of(
          "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp", "r8", "r9", "r10", "r11", "r12",
          "r13", "r14", "r15", "rip", "eflags");
  private static final List<String> QEMU_SEGMENTS =
      List.of("cs", "ds", "es", "fs", "gs", "ss", "ldt", "tr", "gdt", "idt");
  private static final List<String> QEMU_CONTROL_REGISTERS =
      List.of("cr0", "cr1", "cr2", "cr3", "cr4");

  private CrashNotes() {}

  static byte[] prstatus(int pid, Registers registers) {
    ByteBuffer note = ByteBuffer.allocate(PRSTATUS_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    note.putInt(PR_PID, pid).position(PR_REG);
    PRSTATUS_REGISTERS.forEach(name -> note.putLong(registers.get(name)));
    return note.array();
  }

  /**
   * @param kernelGsBase the base that {@code swapgs} would bring in
   */
  static byte[] qemuCpuState(Registers registers, long kernelGsBase) {
    ByteBuffer note = ByteBuffer.allocate(QEMU_CPU_STATE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    note.putInt(1).putInt(QEMU_CPU_STATE_SIZE); // version, size
    QEMU_REGISTERS.forEach(name -> note.putLong(registers.get(name)));
    for (String segment : QEMU_SEGMENTS) {
      int selector = (int) registers.get(segment);
      note.putInt(selector).putInt(-1).putInt(0).putInt(0); // limit, flags, padding
      note.putLong(registers.get(segment + "_base"));
    }
    QEMU_CONTROL_REGISTERS.forEach(name -> note.putLong(registers.get(name)));
    return note.putLong(kernelGsBase).array();
  }
}
