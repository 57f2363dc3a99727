package org.vmcore.arch.riscv;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vmcore.arch.api.CoreRegisters;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.EntryFrame;
import org.vmcore.arch.api.Prstatus;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.Note;

/**
 * The notes that hold a CPU's state: an NT_PRSTATUS each, from the kernel and from QEMU alike
 * (Linux arch/riscv/include/uapi/asm/ptrace.h, struct user_regs_struct; QEMU
 * target/riscv/arch_dump.c).
 */
public final class RiscvNotes {
  /** Slot 0 is pc, where x0 would be; {@code fp} is the kernel's s0. */
  private static final List<String> WORDS =
      List.of(
          "pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1", "a0", "a1", "a2", "a3", "a4",
          "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3",
          "t4", "t5", "t6");

  private static final long SPP = 0x100;
  private static final long STACK_ALIGNMENT = 16;
  private static final long SMALLEST_STACK = 8 << 10;

  private final Prstatus prstatus;
  private final RegisterSet registers;
  private final long firstKernelAddress;

  private RiscvNotes(Prstatus prstatus, RegisterSet registers, long firstKernelAddress) {
    this.prstatus = prstatus;
    this.registers = registers;
    this.firstKernelAddress = firstKernelAddress;
  }

  RegisterSet registers() {
    return registers;
  }

  /** Of 64-bit machines. */
  public static RiscvNotes of64() {
    return new RiscvNotes(
        new Prstatus(Long.BYTES, 376, WORDS), RiscvRegisters.SET_64, Long.MIN_VALUE);
  }

  /**
   * Of 32-bit machines.
   *
   * @param firstKernelAddress the program counter is below that in user mode
   */
  public static RiscvNotes of32(long firstKernelAddress) {
    return new RiscvNotes(
        new Prstatus(Integer.BYTES, 204, WORDS), RiscvRegisters.SET_32, firstKernelAddress);
  }

  /** The registers of a program as its core file has them. */
  public CoreRegisters core() {
    return prstatus.core();
  }

  /**
   * The registers of a program, in a {@code struct pt_regs} at the end of the kernel stack (Linux
   * arch/riscv/include/asm/ptrace.h): those of {@code user_regs_struct}, and then {@code status},
   * whose SPP tells where the CPU came from (RISC-V privileged architecture, 4.1.1 "Supervisor
   * Status Register").
   */
  public Optional<RegisterValues> user(ByteOrder order, SwitchedOutTask task) {
    int wordBytes = prstatus.wordBytes();
    long size = task.size("struct pt_regs").orElse((WORDS.size() + 4L) * wordBytes);
    long aligned = (size + STACK_ALIGNMENT - 1) / STACK_ALIGNMENT * STACK_ALIGNMENT;
    long status = (long) WORDS.size() * wordBytes;
    OptionalLong frame =
        EntryFrame.find(
            task, SMALLEST_STACK, at -> isUserMode(task.word(at + status), task.word(at)), aligned);
    return frame.isPresent()
        ? Optional.of(
            new SavedRegisters(registers.ofPrograms(), order, task)
                .words(WORDS, frame.getAsLong(), wordBytes)
                .set("zero", OptionalLong.of(0))
                .build())
        : Optional.empty();
  }

  private boolean isUserMode(OptionalLong status, OptionalLong pc) {
    return status.isPresent()
        && (status.getAsLong() & SPP) == 0
        && pc.isPresent()
        && pc.getAsLong() != 0
        && Long.compareUnsigned(pc.getAsLong(), firstKernelAddress) < 0;
  }

  /** Whether a dump has such notes, whose size no other architecture's have. */
  public boolean areIn(Dump dump) {
    return prstatus.isOf(dump);
  }

  public List<CpuState> cpus(Dump dump) {
    ByteOrder order = dump.info().byteOrder();
    boolean byQemu = Prstatus.isByQemu(dump);
    List<CpuState> cpus = new ArrayList<>();
    for (Note note : prstatus.notes(dump)) {
      int pid = prstatus.pid(note, order);
      long pc = prstatus.register(note, order, "pc");
      cpus.add(
          new CpuState(
              cpus.size(),
              byQemu && pid > 0 ? OptionalInt.of(pid - 1) : OptionalInt.empty(),
              byQemu ? OptionalInt.empty() : OptionalInt.of(pid),
              // x0 is zero by definition.
              prstatus.values(note, order, registers).set("zero", 0).build(),
              Long.compareUnsigned(pc, firstKernelAddress) < 0,
              pc,
              OptionalLong.empty()));
    }
    return cpus;
  }
}
