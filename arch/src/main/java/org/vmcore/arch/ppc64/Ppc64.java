package org.vmcore.arch.ppc64;

import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CoreRegisters;
import org.vmcore.arch.api.CoreRegisters.Slot;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.Recognition;
import org.vmcore.arch.api.RegisterRows;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SavedRegisters;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.VirtualMemory;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.ElfMachines;

/** ppc64 and ppc64le (Power, Book3S). */
public final class Ppc64 implements Architecture {
  /** Power Architecture 64-bit ELF V2 ABI, 3.1: what little-endian kernels are. */
  private static final int EF_PPC64_ELFV2 = 2;

  /** The ABI has no number for the next instruction of what was interrupted; nothing else is 67. */
  private static final int PC_COLUMN = 67;

  /** 64-Bit ELF V2 ABI, Power Architecture, 2.4 and 3.5. */
  private static final ElfAbi ABI =
      ElfAbi.of(ElfMachines.EM_PPC64, 1, 38)
          .with(0, "r", 32)
          .with(64, "cr lr ctr")
          .with(76, "xer")
          .with(PC_COLUMN, "pc");

  /** crash's {@code bt}. */
  private static final RegisterRows ROWS =
      RegisterRows.of(
          3,
          "pc lr msr",
          "ctr cr xer",
          "r0 r1 r2",
          "r3 r4 r5",
          "r6 r7 r8",
          "r9 r10 r11",
          "r12 r13 r14",
          "r15 r16 r17",
          "r18 r19 r20",
          "r21 r22 r23",
          "r24 r25 r26",
          "r27 r28 r29",
          "r30 r31",
          "dar dsisr trap");

  /** Registers that a called function keeps (64-Bit ELF V2 ABI, 2.2.2.1). */
  private static final int FIRST_KEPT = 14;

  private static final int LAST_KEPT = 31;

  @Override
  public String name() {
    return "ppc64";
  }

  @Override
  public String tripleName() {
    return "powerpc64";
  }

  @Override
  public String tripleName(Dump dump) {
    return byteOrder(dump) == ByteOrder.LITTLE_ENDIAN ? "powerpc64le" : "powerpc64";
  }

  /**
   * By the ELF header, or {@code utsname.machine} ({@code ppc64}, {@code ppc64le}); a header
   * without either leaves the notes, which are of a size of their own.
   */
  @Override
  public boolean recognises(Dump dump) {
    return dump.info().wordBits() == 64
        && Recognition.byHeader(dump.info(), ElfMachines.EM_PPC64, "ppc64.*")
            .orElseGet(
                () ->
                    dump.notes().stream()
                        .filter(PpcNotes::isPrstatus)
                        .anyMatch(note -> note.descriptor().length == PpcNotes.PRSTATUS_SIZE));
  }

  @Override
  public ByteOrder byteOrder(Dump dump) {
    return PpcNotes.byteOrder(dump);
  }

  @Override
  public ElfAbi elf(ByteOrder order) {
    return order == ByteOrder.LITTLE_ENDIAN ? ABI.withFlags(EF_PPC64_ELFV2) : ABI;
  }

  @Override
  public RegisterRows registerRows() {
    return ROWS;
  }

  @Override
  public RegisterSet programRegisters() {
    return PpcRegisters.OF_PROGRAMS;
  }

  /** {@code ELF_NGREG} is 48, of which the last four are spare. */
  @Override
  public CoreRegisters coreRegisters() {
    return PpcNotes.PRSTATUS.core().and(Collections.nCopies(4, new Slot("", Long.BYTES)));
  }

  /**
   * {@code thread.regs} points at the {@code struct pt_regs} of the program. System calls saved r14
   * to r31 there only where {@code trap} has no lowest bit, until one function did it all (commit
   * 68b34588e202, "powerpc/64/sycall: Implement syscall entry/exit logic in C").
   */
  @Override
  public Optional<RegisterValues> userRegisters(ByteOrder order, SwitchedOutTask task) {
    List<String> words = PpcNotes.PRSTATUS.registers();
    OptionalLong regs = task.member("thread.regs");
    if (regs.isEmpty() || !isUserMode(word(task, regs.getAsLong(), "msr"))) {
      return Optional.empty();
    }
    boolean whole =
        task.symbol("system_call_exception").isPresent()
            || (word(task, regs.getAsLong(), "trap") & 1) == 0;
    SavedRegisters saved = new SavedRegisters(programRegisters(), order, task);
    for (int i = 0; i < words.size(); i++) {
      if (whole || i < FIRST_KEPT || i > LAST_KEPT) {
        saved.word(words.get(i), regs.getAsLong() + (long) i * Long.BYTES);
      }
    }
    return Optional.of(saved.build());
  }

  private static long word(SwitchedOutTask task, long regs, String register) {
    long at = PpcNotes.PRSTATUS.registers().indexOf(register) * (long) Long.BYTES;
    return task.word(regs + at).orElse(0);
  }

  private static boolean isUserMode(long msr) {
    return (msr & PpcNotes.MSR_PR) != 0;
  }

  @Override
  public RegisterSet registers() {
    return PpcRegisters.SET;
  }

  @Override
  public List<CpuState> cpus(Dump dump) {
    return PpcNotes.cpus(dump);
  }

  @Override
  public List<String> options() {
    return List.of("mmu", "page_size", "swapper_pg_dir");
  }

  @Override
  public KernelSpace kernelSpace(Machine machine) throws MissingFactException {
    return new PpcKernelSpace(machine, byteOrder(machine.dump())).find();
  }

  @Override
  public VirtualMemory addressSpace(KernelSpace kernel, long root) {
    PpcPageTable tables = (PpcPageTable) kernel.virtual().pageTable();
    return new VirtualMemory(kernel.physical(), tables.withUserRoot(root));
  }

  /** A CPU with address translation off, as in firmware, sees physical memory. */
  @Override
  public VirtualMemory addressSpace(KernelSpace kernel, CpuState cpu, OptionalLong root) {
    if (PpcNotes.isRealMode(cpu)) {
      PpcPageTable tables = (PpcPageTable) kernel.virtual().pageTable();
      return new VirtualMemory(kernel.physical(), tables.inRealMode());
    }
    return root.isPresent() ? addressSpace(kernel, root.getAsLong()) : kernel.virtual();
  }
}
