package org.vmcore.arch.i386;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.Prstatus;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.x86.Eflags;
import org.vmcore.arch.x86.QemuCpuState;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Note;

/**
 * The notes that hold a CPU's state: an NT_PRSTATUS each (Linux arch/x86/include/asm/user_32.h,
 * struct user_regs_struct), the same in QEMU's 64-bit files, and QEMU's own.
 */
final class I386Notes {
  static final Prstatus PRSTATUS =
      new Prstatus(
          Integer.BYTES,
          144,
          List.of(
              "ebx",
              "ecx",
              "edx",
              "esi",
              "edi",
              "ebp",
              "eax",
              "ds",
              "es",
              "fs",
              "gs",
              "orig_eax",
              "eip",
              "cs",
              "eflags",
              "esp",
              "ss"));

  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private I386Notes() {}

  static List<CpuState> cpus(Dump dump) {
    List<Note> notes = PRSTATUS.notes(dump);
    List<QemuCpuState> qemu = QemuCpuState.of(dump.notes());
    boolean byQemu = dump.notes().stream().anyMatch(note -> note.name().equals(Note.QEMU));
    List<CpuState> cpus = new ArrayList<>();
    for (Note note : notes) {
      int index = cpus.size();
      long eip = PRSTATUS.register(note, ORDER, "eip");
      RegisterValues.Builder values = PRSTATUS.values(note, ORDER, I386Registers.SET);
      OptionalLong root = OptionalLong.empty();
      if (qemu.size() == notes.size() && qemu.get(index).rip() == eip) {
        QemuCpuState state = qemu.get(index);
        values.set("cr0", state.controlRegister(0));
        values.set("cr2", state.controlRegister(2));
        values.set("cr3", state.controlRegister(3));
        values.set("cr4", state.controlRegister(4));
        values.set("fs_base", state.base(QemuCpuState.Segment.FS));
        values.set("gs_base", state.base(QemuCpuState.Segment.GS));
        root = OptionalLong.of(state.controlRegister(3));
      }
      int pid = PRSTATUS.pid(note, ORDER);
      // QEMU knows no tasks and puts the CPU's number plus one there (x86_write_elf32_note).
      cpus.add(
          new CpuState(
              index,
              byQemu && pid > 0 ? OptionalInt.of(pid - 1) : OptionalInt.empty(),
              byQemu ? OptionalInt.empty() : OptionalInt.of(pid),
              values.build(),
              Eflags.isUserMode(
                  PRSTATUS.register(note, ORDER, "eflags"), PRSTATUS.register(note, ORDER, "cs")),
              eip,
              root));
    }
    return cpus;
  }
}
