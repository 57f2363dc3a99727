package org.vmcore.arch.arm64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Note;

/**
 * The notes that hold a CPU's state.
 *
 * <pre>
 * CORE, NT_PRSTATUS (Linux include/uapi/linux/elfcore.h; arch/arm64/include/uapi/asm/ptrace.h)
 *    32  pr_pid   u32
 *   112  pr_reg   34 x u64: x0..x30, sp, pc, pstate
 *   384  pr_fpvalid
 *   392  end
 *
 * CORE, NT_PRFPREG, by QEMU alone (QEMU target/arm/arch_dump.c, struct aarch64_user_vfp_state)
 *     0  v0..v31  32 x 16
 *   512  fpsr     u32
 *   516  fpcr     u32
 *   528  end
 * </pre>
 *
 * QEMU's notes of one CPU stand together: NT_PRSTATUS, then NT_PRFPREG, then LINUX ones.
 */
final class Arm64Notes {
  private static final int PRSTATUS_SIZE = 392;
  private static final int PR_PID = 32;
  private static final int PR_REG = 112;
  private static final int SP = PR_REG + 31 * Long.BYTES;
  private static final int PC = PR_REG + 32 * Long.BYTES;
  private static final int PSTATE = PR_REG + 33 * Long.BYTES;

  private static final int NT_PRFPREG = 2;
  private static final int PRFPREG_SIZE = 528;
  private static final int VECTOR_SIZE = 16;
  private static final int FPSR = 32 * VECTOR_SIZE;
  private static final int FPCR = FPSR + Integer.BYTES;

  /** {@code PSR_MODE_MASK}; AArch32's user mode is all zero there too. */
  static final long MODE = 0xf;

  private Arm64Notes() {}

  private static boolean isPrstatus(Note note) {
    return isCore(note, Note.NT_PRSTATUS) && note.descriptor().length >= PRSTATUS_SIZE;
  }

  private static boolean isCore(Note note, int type) {
    return note.name().equals(Note.CORE) && note.type() == type;
  }

  /**
   * A PRSTATUS as long as no other architecture's, with a program state such as Linux has: user
   * mode or that of a kernel at EL1 or EL2, and nothing in its upper half.
   */
  static boolean isPlausible(Note note, ByteOrder order) {
    if (!isPrstatus(note) || note.descriptor().length != PRSTATUS_SIZE) {
      return false;
    }
    ByteBuffer bytes = ByteBuffer.wrap(note.descriptor()).order(order);
    long pstate = bytes.getLong(PSTATE);
    long mode = pstate & MODE;
    boolean kernel = bytes.getLong(PC) < 0;
    return pstate >>> Integer.SIZE == 0 && (kernel ? mode == 5 || mode == 9 : mode == 0);
  }

  static List<CpuState> cpus(Dump dump) {
    ByteOrder order = dump.info().byteOrder();
    OptionalLong pacMask =
        dump.vmcoreinfo().map(info -> info.number("KERNELPACMASK")).orElse(OptionalLong.empty());
    List<Note> notes = dump.notes();
    boolean byQemu = notes.stream().anyMatch(note -> isCore(note, NT_PRFPREG));
    List<CpuState> cpus = new ArrayList<>();
    for (int i = 0; i < notes.size(); i++) {
      if (isPrstatus(notes.get(i))) {
        cpus.add(cpu(cpus.size(), notes.get(i), vectors(notes, i + 1), order, byQemu, pacMask));
      }
    }
    return cpus;
  }

  /** The vector registers that follow a PRSTATUS. */
  private static byte @Nullable [] vectors(List<Note> notes, int index) {
    if (index >= notes.size() || !isCore(notes.get(index), NT_PRFPREG)) {
      return null;
    }
    byte[] descriptor = notes.get(index).descriptor();
    return descriptor.length < PRFPREG_SIZE ? null : descriptor;
  }

  private static CpuState cpu(
      int index,
      Note note,
      byte @Nullable [] vectors,
      ByteOrder order,
      boolean byQemu,
      OptionalLong pacMask) {
    ByteBuffer prstatus = ByteBuffer.wrap(note.descriptor()).order(order);
    RegisterValues.Builder values = RegisterValues.builder(Arm64Registers.SET, order);
    for (int i = 0; i <= 30; i++) {
      values.set("x" + i, prstatus.getLong(PR_REG + i * Long.BYTES));
    }
    long pc = prstatus.getLong(PC);
    long pstate = prstatus.getLong(PSTATE);
    values.set("sp", prstatus.getLong(SP)).set("pc", pc).set("cpsr", pstate);
    boolean userMode = (pstate & MODE) == 0;
    if (userMode) {
      // EL0 has no other stack pointer (Arm ARM, DDI 0487, D1.6 "Stack pointer register
      // selection").
      values.set("SP_EL0", prstatus.getLong(SP));
    }
    if (vectors != null) {
      ByteBuffer fp = ByteBuffer.wrap(vectors).order(order);
      for (int i = 0; i <= 31; i++) {
        values.set("v" + i, Arrays.copyOfRange(vectors, i * VECTOR_SIZE, (i + 1) * VECTOR_SIZE));
      }
      values.set("fpsr", fp.getInt(FPSR)).set("fpcr", fp.getInt(FPCR));
    }
    if (pacMask.isPresent()) {
      // What the kernel signed is shown without the codes (SignedReturnAddresses), and must not be
      // masked: gdb before 14 would make a user address of it.
      long mask = userMode ? pacMask.getAsLong() : 0;
      values.set("pauth_dmask", mask).set("pauth_cmask", mask);
    }
    int pid = prstatus.getInt(PR_PID);
    // QEMU knows no tasks and puts the CPU's number plus one there (aarch64_note_init, cpu_index).
    return new CpuState(
        index,
        byQemu && pid > 0 ? OptionalInt.of(pid - 1) : OptionalInt.empty(),
        byQemu ? OptionalInt.empty() : OptionalInt.of(pid),
        values.build(),
        userMode,
        pc,
        OptionalLong.empty());
  }
}
