package org.vmcore.arch.x86_64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.x86.Eflags;
import org.vmcore.arch.x86.QemuCpuState;
import org.vmcore.dumpreader.api.Note;

/**
 * The notes that hold a CPU's state.
 *
 * <pre>
 * CORE, NT_PRSTATUS (Linux include/uapi/linux/elfcore.h; arch/x86/include/asm/user_64.h)
 *    32  pr_pid   u32
 *   112  pr_reg   27 x u64: user_regs_struct, in the order of {@link #PR_REG}
 *   336  end
 * </pre>
 */
final class X86Notes {
  /** Bytes of a whole NT_PRSTATUS; s390x's is as long. */
  static final int PRSTATUS_SIZE = 336;

  private static final int PR_PID = 32;
  private static final int PR_REG_START = 112;

  /** {@code struct user_regs_struct}. */
  static final List<String> PR_REG =
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

  private X86Notes() {}

  static boolean isPrstatus(Note note) {
    return note.name().equals(Note.CORE)
        && note.type() == Note.NT_PRSTATUS
        && note.descriptor().length >= PRSTATUS_SIZE;
  }

  /** A PRSTATUS whose segment registers and flags are such as an x86-64 Linux has. */
  static boolean isPlausible(Note note) {
    if (!isPrstatus(note)) {
      return false;
    }
    ByteBuffer bytes = littleEndian(note);
    long cs = register(bytes, "cs");
    long ss = register(bytes, "ss");
    long eflags = register(bytes, "eflags");
    // Selectors have 16 bits and only SS may be null; EFLAGS bit 1 is set, 22 and up are clear
    // (Intel SDM vol. 1, 3.4.2, 3.4.3).
    return cs > 0 && cs <= 0xffff && ss >= 0 && ss <= 0xffff && (eflags & (2 | -1L << 22)) == 2;
  }

  static List<CpuState> cpus(List<Note> notes) {
    int[] prstatus =
        IntStream.range(0, notes.size()).filter(i -> isPrstatus(notes.get(i))).toArray();
    List<QemuCpuState> qemu = QemuCpuState.of(notes);
    boolean byQemu = notes.stream().anyMatch(note -> note.name().equals(Note.QEMU));
    boolean paired = prstatus.length == qemu.size();
    List<CpuState> cpus = new ArrayList<>();
    for (int at : prstatus) {
      int index = cpus.size();
      QemuCpuState state = paired ? qemu.get(index) : null;
      cpus.add(cpu(index, littleEndian(notes.get(at)), absent(notes, at + 1), state, byQemu));
    }
    return cpus;
  }

  /**
   * Bits of the words of pr_reg that the format did not keep; see {@link Note#ABSENT_REGISTERS}.
   *
   * @param next the number of the note behind the registers
   */
  private static long absent(List<Note> notes, int next) {
    if (next == notes.size()
        || !notes.get(next).name().equals(Note.ABSENT_REGISTERS)
        || notes.get(next).descriptor().length < Long.BYTES) {
      return 0;
    }
    return littleEndian(notes.get(next)).getLong(0);
  }

  private static CpuState cpu(
      int index, ByteBuffer prstatus, long absent, @Nullable QemuCpuState qemu, boolean byQemu) {
    RegisterValues.Builder values =
        RegisterValues.builder(X86Registers.SET, ByteOrder.LITTLE_ENDIAN);
    for (int word = 0; word < PR_REG.size(); word++) {
      if ((absent >>> word & 1) == 0) {
        String name = PR_REG.get(word);
        values.set(name, register(prstatus, name));
      }
    }
    long rip = register(prstatus, "rip");
    OptionalLong pageTableRoot = OptionalLong.empty();
    if (qemu != null && qemu.rip() == rip) {
      values.set("cr0", qemu.controlRegister(0));
      values.set("cr2", qemu.controlRegister(2));
      values.set("cr3", qemu.controlRegister(3));
      values.set("cr4", qemu.controlRegister(4));
      qemu.kernelGsBase().ifPresent(base -> values.set("kernel_gs_base", base));
      pageTableRoot = OptionalLong.of(qemu.controlRegister(3));
    }
    int pid = prstatus.getInt(PR_PID);
    // QEMU knows no tasks and puts the CPU's number plus one there (x86_64_write_elf64_note).
    return new CpuState(
        index,
        byQemu && pid > 0 ? OptionalInt.of(pid - 1) : OptionalInt.empty(),
        byQemu ? OptionalInt.empty() : OptionalInt.of(pid),
        values.build(),
        Eflags.isUserMode(register(prstatus, "eflags"), register(prstatus, "cs")),
        rip,
        pageTableRoot);
  }

  private static long register(ByteBuffer prstatus, String name) {
    return prstatus.getLong(PR_REG_START + PR_REG.indexOf(name) * Long.BYTES);
  }

  private static ByteBuffer littleEndian(Note note) {
    return ByteBuffer.wrap(note.descriptor()).order(ByteOrder.LITTLE_ENDIAN);
  }
}
