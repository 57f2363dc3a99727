package org.vmcore.arch.s390x;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.dumpreader.api.Note;

/**
 * The notes that hold a CPU's state: a PRSTATUS, then the others of the same CPU in any order.
 * Everything is big-endian.
 *
 * <pre>
 * CORE, NT_PRSTATUS (Linux include/uapi/linux/elfcore.h; arch/s390/include/uapi/asm/ptrace.h)
 *    32  pr_pid   u32: no pid, see {@link #number}
 *   112  psw      mask u64, address u64
 *   128  gprs     16 x u64
 *   256  acrs     16 x u32
 *   320  orig_gpr2  u64
 *   336  end
 * CORE, NT_FPREGSET     fpc u32, padding u32, fprs 16 x u64
 * LINUX (Linux include/uapi/linux/elf.h)
 *   0x304  NT_S390_CTRS         control registers, 16 x u64
 *   0x305  NT_S390_PREFIX       u32
 *   0x306  NT_S390_LAST_BREAK   u64
 *   0x307  NT_S390_SYSTEM_CALL  u32
 *   0x309  NT_S390_VXRS_LOW     lower halves of v0 to v15, 16 x u64
 *   0x30a  NT_S390_VXRS_HIGH    v16 to v31, 16 x 16 bytes
 * </pre>
 */
final class S390Notes {
  /** Bytes of a whole NT_PRSTATUS; x86-64's is as long. */
  static final int PRSTATUS_SIZE = 336;

  static final String LINUX = "LINUX";

  static final int NT_S390_CTRS = 0x304;
  static final int NT_S390_PREFIX = 0x305;

  private static final int NT_FPREGSET = 2;
  private static final int NT_PRPSINFO = 3;
  private static final int NT_S390_LAST_BREAK = 0x306;
  private static final int NT_S390_SYSTEM_CALL = 0x307;
  private static final int NT_S390_VXRS_LOW = 0x309;
  private static final int NT_S390_VXRS_HIGH = 0x30a;

  private static final int PR_PID = 32;
  private static final int PSW = 112;
  private static final int GPRS = 128;
  private static final int ACRS = 256;
  private static final int ORIG_GPR2 = 320;
  private static final int FPRS = 8;
  private static final int REGISTERS = 16;

  /** Bits of the PSW's mask (Principles of Operation, chapter 4, "Program-Status Word"). */
  private static final long PSW_DAT = 0x0400_0000_0000_0000L;

  static final long PSW_PROBLEM_STATE = 0x0001_0000_0000_0000L;
  private static final int PSW_SPACE_SHIFT = 46;
  private static final long SPACE_SECONDARY = 2;
  private static final long SPACE_HOME = 3;

  private S390Notes() {}

  static boolean isPrstatus(Note note) {
    return note.name().equals(Note.CORE)
        && note.type() == Note.NT_PRSTATUS
        && note.descriptor().length >= PRSTATUS_SIZE;
  }

  /** Whether only this architecture has such a note. */
  static boolean isOfS390(Note note) {
    return note.name().equals(LINUX)
        && (note.type() == NT_S390_CTRS || note.type() == NT_S390_PREFIX);
  }

  static List<CpuState> cpus(List<Note> notes) {
    // The kernel writes a PRPSINFO (arch/s390/kernel/crash_dump.c, nt_prpsinfo), QEMU none.
    boolean byQemu =
        notes.stream()
            .noneMatch(note -> note.name().equals(Note.CORE) && note.type() == NT_PRPSINFO);
    List<CpuState> cpus = new ArrayList<>();
    for (int i = 0; i < notes.size(); i++) {
      if (isPrstatus(notes.get(i))) {
        int end = i + 1;
        while (end < notes.size() && !isNextCpu(notes.get(end))) {
          end++;
        }
        cpus.add(cpu(cpus.size(), notes.get(i), notes.subList(i + 1, end), byQemu));
      }
    }
    return cpus;
  }

  /** A PRSTATUS that is cut short belongs to another CPU all the same. */
  private static boolean isNextCpu(Note note) {
    return note.name().equals(Note.CORE) && note.type() == Note.NT_PRSTATUS;
  }

  private static CpuState cpu(int index, Note prstatus, List<Note> others, boolean byQemu) {
    RegisterValues.Builder values = RegisterValues.builder(S390Registers.SET, ByteOrder.BIG_ENDIAN);
    ByteBuffer bytes = ByteBuffer.wrap(prstatus.descriptor());
    long mask = bytes.getLong(PSW);
    long address = bytes.getLong(PSW + Long.BYTES);
    values.set("pswm", mask).set("pswa", address);
    setLongs(values, "r%d", bytes, GPRS);
    for (int i = 0; i < REGISTERS; i++) {
      values.set("acr" + i, bytes.getInt(ACRS + i * Integer.BYTES));
    }
    values.set("orig_r2", bytes.getLong(ORIG_GPR2));
    others.forEach(note -> add(values, note));
    RegisterValues registers = values.build();
    return new CpuState(
        index,
        byQemu ? number(bytes) : OptionalInt.empty(),
        OptionalInt.empty(),
        registers,
        (mask & PSW_PROBLEM_STATE) != 0,
        address,
        addressSpace(registers, mask));
  }

  /**
   * QEMU puts the CPU's number plus one into {@code pr_pid}, in the byte order of the host it runs
   * on (target/s390x/arch_dump.c, s390x_write_elf64_prstatus); the kernel counts the CPUs that it
   * saved there, whatever their numbers.
   */
  private static OptionalInt number(ByteBuffer prstatus) {
    int pid = prstatus.getInt(PR_PID);
    int number = Math.min(pid & 0x7fff_ffff, Integer.reverseBytes(pid) & 0x7fff_ffff) - 1;
    return number >= 0 ? OptionalInt.of(number) : OptionalInt.empty();
  }

  /** The ASCE that the CPU translated addresses with; the kernel's when it did not. */
  private static OptionalLong addressSpace(RegisterValues registers, long mask) {
    long space = (mask & PSW_DAT) == 0 ? SPACE_HOME : mask >>> PSW_SPACE_SHIFT & 3;
    if (space == SPACE_HOME) {
      return registers.value("cr13");
    }
    return registers.value(space == SPACE_SECONDARY ? "cr7" : "cr1");
  }

  private static void add(RegisterValues.Builder values, Note note) {
    ByteBuffer bytes = ByteBuffer.wrap(note.descriptor());
    boolean linux = note.name().equals(LINUX);
    if (note.name().equals(Note.CORE) && note.type() == NT_FPREGSET) {
      if (bytes.limit() >= FPRS + REGISTERS * Long.BYTES) {
        values.set("fpc", bytes.getInt(0));
        setLongs(values, "f%d", bytes, FPRS);
      }
    } else if (linux && note.type() == NT_S390_CTRS) {
      setLongs(values, "cr%d", bytes, 0);
    } else if (linux && note.type() == NT_S390_PREFIX && bytes.limit() >= Integer.BYTES) {
      values.set("prefix", bytes.getInt(0));
    } else if (linux && note.type() == NT_S390_LAST_BREAK && bytes.limit() >= Long.BYTES) {
      values.set("last_break", bytes.getLong(0));
    } else if (linux && note.type() == NT_S390_SYSTEM_CALL && bytes.limit() >= Integer.BYTES) {
      values.set("system_call", bytes.getInt(0));
    } else if (linux && note.type() == NT_S390_VXRS_LOW) {
      setLongs(values, "v%dl", bytes, 0);
    } else if (linux && note.type() == NT_S390_VXRS_HIGH) {
      setVectors(values, bytes);
    }
  }

  /** Sets sixteen registers of 64 bits, or none when the note is cut short. */
  private static void setLongs(
      RegisterValues.Builder values, String name, ByteBuffer bytes, int offset) {
    if (bytes.limit() >= offset + REGISTERS * Long.BYTES) {
      for (int i = 0; i < REGISTERS; i++) {
        values.set(name.formatted(i), bytes.getLong(offset + i * Long.BYTES));
      }
    }
  }

  private static void setVectors(RegisterValues.Builder values, ByteBuffer bytes) {
    byte[] vector = new byte[2 * Long.BYTES];
    if (bytes.limit() >= REGISTERS * vector.length) {
      for (int i = 0; i < REGISTERS; i++) {
        bytes.get(i * vector.length, vector);
        values.set("v" + (REGISTERS + i), vector);
      }
    }
  }
}
