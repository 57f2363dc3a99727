package org.vmcore.arch.riscv64;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.CpuState;
import org.vmcore.arch.Prstatus;
import org.vmcore.dumpreader.Dump;
import org.vmcore.dumpreader.Note;

/**
 * The notes that hold a CPU's state: an NT_PRSTATUS each, from the kernel and from QEMU alike
 * (Linux arch/riscv/include/uapi/asm/ptrace.h, struct user_regs_struct; QEMU
 * target/riscv/arch_dump.c).
 */
final class RiscvNotes {
  /** Slot 0 is pc, where x0 would be; {@code fp} is the kernel's s0. */
  static final Prstatus PRSTATUS =
      new Prstatus(
          Long.BYTES,
          376,
          List.of(
              "pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1", "a0", "a1", "a2", "a3",
              "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
              "t3", "t4", "t5", "t6"));

  private RiscvNotes() {}

  static List<CpuState> cpus(Dump dump) {
    ByteOrder order = dump.info().byteOrder();
    boolean byQemu = Prstatus.isByQemu(dump);
    List<CpuState> cpus = new ArrayList<>();
    for (Note note : PRSTATUS.notes(dump)) {
      int pid = PRSTATUS.pid(note, order);
      long pc = PRSTATUS.register(note, order, "pc");
      cpus.add(
          new CpuState(
              cpus.size(),
              byQemu && pid > 0 ? OptionalInt.of(pid - 1) : OptionalInt.empty(),
              byQemu ? OptionalInt.empty() : OptionalInt.of(pid),
              // x0 is zero by definition.
              PRSTATUS.values(note, order, RiscvRegisters.SET).set("zero", 0).build(),
              pc >= 0,
              pc,
              OptionalLong.empty()));
    }
    return cpus;
  }
}
