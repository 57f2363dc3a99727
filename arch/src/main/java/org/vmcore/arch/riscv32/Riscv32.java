package org.vmcore.arch.riscv32;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.CoreRegisters;
import org.vmcore.arch.api.CpuState;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.api.Recognition;
import org.vmcore.arch.api.RegisterRows;
import org.vmcore.arch.api.RegisterSet;
import org.vmcore.arch.api.RegisterValues;
import org.vmcore.arch.api.SwitchedOutTask;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.SharedEntries;
import org.vmcore.arch.riscv.RiscvEntry;
import org.vmcore.arch.riscv.RiscvNotes;
import org.vmcore.arch.riscv.RiscvRegisters;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.ElfMachines;

/** RISC-V with 32-bit registers. */
public final class Riscv32 implements Architecture {
  /** {@code VMALLOC_START}, of which modules come first (arch/riscv/include/asm/pgtable.h). */
  private static final long FIRST_KERNEL_CODE = 0xa000_0000L;

  private static final RiscvNotes NOTES = RiscvNotes.of32(FIRST_KERNEL_CODE);

  @Override
  public String name() {
    return "riscv32";
  }

  @Override
  public String tripleName() {
    return "riscv32";
  }

  /** Linux: UTS_MACHINE of arch/riscv/Makefile; the {@code e_machine} is that of 64 bits, too. */
  @Override
  public String utsname(ByteOrder order) {
    return "riscv32";
  }

  @Override
  public int wordBits() {
    return 32;
  }

  /** By the header, or the notes, whose size no other architecture's have. */
  @Override
  public boolean recognises(Dump dump) {
    return dump.info().wordBits() == 32
        && Recognition.byHeader(dump.info(), ElfMachines.EM_RISCV, "riscv32")
            .orElseGet(() -> NOTES.areIn(dump));
  }

  /** {@code _text} comes after the header and the start-up code. */
  @Override
  public List<String> imageStartSymbols() {
    return List.of("_start");
  }

  @Override
  public ElfAbi elf(ByteOrder order) {
    return RiscvRegisters.ABI;
  }

  @Override
  public RegisterRows registerRows() {
    return RiscvRegisters.ROWS;
  }

  @Override
  public CoreRegisters coreRegisters() {
    return NOTES.core();
  }

  @Override
  public Optional<RegisterValues> userRegisters(ByteOrder order, SwitchedOutTask task) {
    return NOTES.user(order, task);
  }

  @Override
  public RegisterSet registers() {
    return RiscvRegisters.SET_32;
  }

  @Override
  public List<CpuState> cpus(Dump dump) {
    return NOTES.cpus(dump);
  }

  @Override
  public List<String> options() {
    return List.of("satp", "va_kernel_pa_offset");
  }

  @Override
  public KernelSpace kernelSpace(Machine machine) throws MissingFactException {
    return new KernelSpaceFinder(machine).find();
  }

  /**
   * By the entries for the kernel, of which a process has copies (arch/riscv/include/asm/pgalloc.h,
   * pgd_alloc).
   */
  @Override
  public LongPredicate pageTableRoots(KernelSpace kernel) {
    Sv32 format = (Sv32) RadixPageTable.of(kernel).format();
    RadixPageTable.Level top = format.levels().get(0);
    int first = (int) (format.firstKernelAddress() >>> top.shift());
    int image = (int) (KernelSpaceFinder.PAGE_OFFSET >>> top.shift());
    return new SharedEntries(
        kernel.physical(),
        format,
        kernel.root(),
        new SharedEntries.Range(
            Math.min(first, image),
            (1 << top.bits()) - Math.min(first, image),
            image,
            RiscvEntry.CHANGING));
  }
}
