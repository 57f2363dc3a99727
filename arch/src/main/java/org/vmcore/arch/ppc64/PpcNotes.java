package org.vmcore.arch.ppc64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Prstatus;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Note;

/**
 * The notes that hold a CPU's state, in the byte order of the dump's headers. QEMU writes more than
 * the kernel, all of it owned by CORE.
 *
 * <pre>
 * CORE, NT_PRSTATUS (Linux include/uapi/linux/elfcore.h; arch/powerpc/include/uapi/asm/ptrace.h)
 *    32  pr_pid   u32; QEMU: 0
 *   112  pr_reg   48 x u64: gpr 0..31, nip, msr, orig_gpr3, ctr, link, xer, ccr, softe, trap, dar,
 *                 dsisr, result; QEMU leaves orig_gpr3 and all from softe on zero
 *   504  end
 * QEMU (target/ppc/arch_dump.c)
 *   NT_FPREGSET     2      fpr 0..31 u64, fpscr u64
 *   NT_PPC_VMX      0x100  vr 0..31 and vscr 16 bytes each, the last four of which are vscr; vrsave
 *   NT_PPC_VSX      0x102  lower halves of vs0 to vs31, u64
 * </pre>
 */
final class PpcNotes {
  /** Bytes of a whole NT_PRSTATUS; no other architecture's is as long. */
  static final int PRSTATUS_SIZE = 504;

  private static final int NT_FPREGSET = 2;
  private static final int NT_PPC_VMX = 0x100;
  private static final int NT_PPC_VSX = 0x102;

  private static final int GPRS = 32;
  private static final int FPRS = 32;
  private static final int VECTORS = 32;
  private static final int VECTOR_SIZE = 16;
  private static final int VSCR = VECTORS * VECTOR_SIZE + 12;

  /** {@code struct pt_regs}, as gdb names it. */
  static final Prstatus PRSTATUS = new Prstatus(Long.BYTES, PRSTATUS_SIZE, registers());

  /** What QEMU does not know or does not tell. */
  private static final List<String> NOT_IN_QEMUS =
      List.of("orig_r3", "softe", "trap", "dar", "dsisr", "result");

  /** Bits of the MSR (Power ISA, Book III, 4.2.1). */
  private static final long MSR_SF = 1L << 63;

  static final long MSR_PR = 1 << 14;
  private static final long MSR_IR = 1 << 5;
  private static final long MSR_DR = 1 << 4;
  private static final long MSR_LE = 1;

  private PpcNotes() {}

  private static List<String> registers() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < GPRS; i++) {
      names.add("r" + i);
    }
    names.addAll(List.of("pc", "msr", "orig_r3", "ctr", "lr", "xer", "cr"));
    names.addAll(List.of("softe", "trap", "dar", "dsisr", "result"));
    return names;
  }

  static boolean isPrstatus(Note note) {
    return PRSTATUS.describes(note);
  }

  /** Whether a CPU accessed memory by real addresses when it was stopped, as firmware does. */
  static boolean isRealMode(CpuState cpu) {
    OptionalLong msr = cpu.registers().value("msr");
    return msr.isPresent() && (msr.getAsLong() & MSR_DR) == 0;
  }

  /**
   * The machine's byte order. QEMU labels dumps of little-endian guests big-endian; MSR.LE of a CPU
   * that ran the kernel tells the truth. Firmware, which such a CPU may be in, is big-endian and
   * runs with 32 bits or without address translation.
   */
  static ByteOrder byteOrder(Dump dump) {
    ByteOrder labelled = dump.info().byteOrder();
    if (labelled == ByteOrder.LITTLE_ENDIAN) {
      return labelled;
    }
    Optional<Long> kernels =
        dump.notes().stream()
            .filter(PpcNotes::isPrstatus)
            .map(note -> PRSTATUS.register(note, labelled, "msr"))
            .filter(msr -> (msr & MSR_SF) != 0 && (msr & MSR_IR) != 0 && (msr & MSR_DR) != 0)
            .reduce((one, other) -> (one & MSR_PR) == 0 ? one : other);
    return kernels.isPresent() && (kernels.get() & MSR_LE) != 0
        ? ByteOrder.LITTLE_ENDIAN
        : labelled;
  }

  static List<CpuState> cpus(Dump dump) {
    List<Note> notes = dump.notes();
    boolean byQemu = notes.stream().anyMatch(note -> isCore(note, NT_PPC_VMX));
    ByteOrder machine = byteOrder(dump);
    List<CpuState> cpus = new ArrayList<>();
    for (int i = 0; i < notes.size(); i++) {
      if (isPrstatus(notes.get(i))) {
        RegisterValues.Builder values = RegisterValues.builder(PpcRegisters.SET, machine);
        for (int j = i + 1; j < notes.size() && !isCore(notes.get(j), Note.NT_PRSTATUS); j++) {
          add(values, notes.get(j), dump.info().byteOrder(), machine);
        }
        cpus.add(cpu(cpus.size(), notes.get(i), dump.info().byteOrder(), values, byQemu));
      }
    }
    return cpus;
  }

  private static boolean isCore(Note note, int type) {
    return note.name().equals(Note.CORE) && note.type() == type;
  }

  private static CpuState cpu(
      int index, Note prstatus, ByteOrder labelled, RegisterValues.Builder values, boolean byQemu) {
    for (String name : PRSTATUS.registers()) {
      if (!byQemu || !NOT_IN_QEMUS.contains(name)) {
        values.set(name, PRSTATUS.register(prstatus, labelled, name));
      }
    }
    return new CpuState(
        index,
        OptionalInt.empty(),
        byQemu ? OptionalInt.empty() : OptionalInt.of(PRSTATUS.pid(prstatus, labelled)),
        values.build(),
        (PRSTATUS.register(prstatus, labelled, "msr") & MSR_PR) != 0,
        PRSTATUS.register(prstatus, labelled, "pc"),
        OptionalLong.empty());
  }

  private static void add(
      RegisterValues.Builder values, Note note, ByteOrder labelled, ByteOrder machine) {
    ByteBuffer bytes = ByteBuffer.wrap(note.descriptor()).order(labelled);
    if (isCore(note, NT_FPREGSET) && bytes.limit() >= (FPRS + 1) * Long.BYTES) {
      for (int i = 0; i < FPRS; i++) {
        values.set("f" + i, bytes.getLong(i * Long.BYTES));
      }
      values.set("fpscr", bytes.getLong(FPRS * Long.BYTES));
    } else if (isCore(note, NT_PPC_VSX) && bytes.limit() >= FPRS * Long.BYTES) {
      for (int i = 0; i < FPRS; i++) {
        values.set("vs" + i + "h", bytes.getLong(i * Long.BYTES));
      }
    } else if (isCore(note, NT_PPC_VMX) && bytes.limit() >= VSCR + Integer.BYTES) {
      for (int i = 0; i < VECTORS; i++) {
        values.set("vr" + i, vector(bytes, i * VECTOR_SIZE, machine));
      }
      values.set("vscr", bytes.getInt(VSCR));
    }
  }

  /** A vector as one number of 16 bytes. */
  private static byte[] vector(ByteBuffer bytes, int offset, ByteOrder machine) {
    byte[] vector = new byte[VECTOR_SIZE];
    for (int i = 0; i < VECTOR_SIZE; i++) {
      int from = machine.equals(bytes.order()) ? i : VECTOR_SIZE - 1 - i;
      vector[i] = bytes.get(offset + from);
    }
    return vector;
  }
}
