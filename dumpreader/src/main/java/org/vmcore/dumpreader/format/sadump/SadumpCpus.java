package org.vmcore.dumpreader.format.sadump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.Note;
import org.vmcore.dumpreader.note.RegisterNotes;
import org.vmcore.dumpreader.note.RegisterNotes.X86;

/**
 * The registers in a SADUMP: for each CPU the 1024 bytes that it saves to SMRAM when the firmware
 * takes over (crash's sadump.h, struct sadump_smram_cpu_state).
 */
final class SadumpCpus {
  static final int STATE = 1024;

  private static final int APIC_STATE = 16;
  private static final int MAX_CPUS = 4096;

  /** IA32_EFER.LMA, "long mode active" (Intel SDM vol. 3A 2.2.1). */
  private static final long EFER_LMA = 1 << 10;

  private static final int RIP = 984;
  private static final int EFER = 992;
  private static final int RFLAGS = 1000;

  /** es, cs, ss, ds, fs, gs. */
  private static final int SELECTORS = 936;

  /** From r15 down to r8, then rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi. */
  private static final int GENERAL = 796;

  private static final X86[] GENERAL_ORDER = {
    X86.R15, X86.R14, X86.R13, X86.R12, X86.R11, X86.R10, X86.R9, X86.R8,
    X86.RAX, X86.RCX, X86.RDX, X86.RBX, X86.RSP, X86.RBP, X86.RSI, X86.RDI
  };

  private static final X86[] SELECTOR_ORDER = {X86.ES, X86.CS, X86.SS, X86.DS, X86.FS, X86.GS};

  private SadumpCpus() {}

  /**
   * @param at where the states' size is
   * @param end where the bitmap starts
   */
  static List<Note> notes(DumpInput input, long at, long end, int cpus) throws IOException {
    List<Note> notes = new ArrayList<>();
    ByteBuffer size = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (cpus < 1
        || cpus > MAX_CPUS
        || input.read(at, size.array(), 0, Integer.BYTES) < Integer.BYTES) {
      return notes;
    }
    long each = Integer.toUnsignedLong(size.getInt(0)) / cpus;
    long state = at + Integer.BYTES + (long) cpus * APIC_STATE;
    for (int cpu = 0; cpu < cpus && each >= STATE && state + STATE <= end; cpu++) {
      ByteBuffer from = ByteBuffer.allocate(STATE).order(ByteOrder.LITTLE_ENDIAN);
      if (input.read(state, from.array(), 0, STATE) < STATE) {
        break;
      }
      if ((from.getLong(EFER) & EFER_LMA) != 0) {
        notes.addAll(notes(from, state));
      }
      state += each;
    }
    return notes;
  }

  private static List<Note> notes(ByteBuffer from, long at) {
    Map<X86, Long> registers = new EnumMap<>(X86.class);
    for (int i = 0; i < GENERAL_ORDER.length; i++) {
      registers.put(GENERAL_ORDER[i], from.getLong(GENERAL + i * Long.BYTES));
    }
    for (int i = 0; i < SELECTOR_ORDER.length; i++) {
      int selector = from.getInt(SELECTORS + i * Integer.BYTES);
      registers.put(SELECTOR_ORDER[i], Integer.toUnsignedLong(selector));
    }
    registers.put(X86.ORIG_RAX, -1L);
    registers.put(X86.RIP, from.getLong(RIP));
    registers.put(X86.EFLAGS, from.getLong(RFLAGS));
    return RegisterNotes.x86(registers, at);
  }
}
