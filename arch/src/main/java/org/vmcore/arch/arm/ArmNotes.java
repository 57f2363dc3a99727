package org.vmcore.arch.arm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Prstatus;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Note;

/**
 * The notes that hold a CPU's state: an NT_PRSTATUS each (Linux arch/arm/include/uapi/asm/ptrace.h,
 * struct pt_regs), and after each of QEMU's the floating-point registers of a CPU that has them.
 *
 * <pre>
 * LINUX, NT_ARM_VFP 0x400 (Linux arch/arm/include/asm/user.h, struct user_vfp)
 *     0  d0..d31  32 x u64
 *   256  fpscr    u32
 * </pre>
 */
final class ArmNotes {
  static final Prstatus PRSTATUS =
      new Prstatus(
          Integer.BYTES,
          148,
          List.of(
              "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "sp",
              "lr", "pc", "cpsr", "orig_r0"));

  private static final String LINUX = "LINUX";
  private static final int NT_ARM_VFP = 0x400;
  private static final int FPSCR = ArmRegisters.DOUBLES * Long.BYTES;

  /** CPSR.M without the bit that all modes of 32-bit code have; 0 is User mode (B1.3.1). */
  private static final long MODE = 15;

  private ArmNotes() {}

  static List<CpuState> cpus(Dump dump) {
    ByteOrder order = dump.info().byteOrder();
    List<Note> notes = PRSTATUS.notes(dump);
    List<Note> vfp = dump.notes().stream().filter(ArmNotes::isVfp).toList();
    // The kernel writes the first kind alone.
    boolean byQemu = !vfp.isEmpty() || Prstatus.isByQemu(dump);
    List<CpuState> cpus = new ArrayList<>();
    for (Note note : notes) {
      int index = cpus.size();
      RegisterValues.Builder values = PRSTATUS.values(note, order, ArmRegisters.SET);
      if (vfp.size() == notes.size()) {
        setVfp(values, ByteBuffer.wrap(vfp.get(index).descriptor()).order(order));
      }
      int pid = PRSTATUS.pid(note, order);
      cpus.add(
          new CpuState(
              index,
              byQemu && pid > 0 ? OptionalInt.of(pid - 1) : OptionalInt.empty(),
              byQemu ? OptionalInt.empty() : OptionalInt.of(pid),
              values.build(),
              (PRSTATUS.register(note, order, "cpsr") & MODE) == 0,
              PRSTATUS.register(note, order, "pc"),
              OptionalLong.empty()));
    }
    return cpus;
  }

  private static boolean isVfp(Note note) {
    return note.name().equals(LINUX)
        && note.type() == NT_ARM_VFP
        && note.descriptor().length >= FPSCR + Integer.BYTES;
  }

  private static void setVfp(RegisterValues.Builder values, ByteBuffer vfp) {
    for (int i = 0; i < ArmRegisters.DOUBLES; i++) {
      values.set("d" + i, vfp.getLong(i * Long.BYTES));
    }
    values.set("fpscr", vfp.getInt(FPSCR));
  }
}
