package org.vmcore.arch.riscv64;

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

/** RISC-V with 64-bit registers. */
public final class Riscv64 implements Architecture {
  private static final int ROOT_ENTRIES = 512;

  private static final RiscvNotes NOTES = RiscvNotes.of64();

  @Override
  public String name() {
    return "riscv64";
  }

  @Override
  public String tripleName() {
    return "riscv64";
  }

  /** By the header, or the notes, whose size no other architecture's have. */
  @Override
  public boolean recognises(Dump dump) {
    return dump.info().wordBits() == 64
        && Recognition.byHeader(dump.info(), ElfMachines.EM_RISCV, "riscv64")
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
    return RiscvRegisters.SET_64;
  }

  @Override
  public List<CpuState> cpus(Dump dump) {
    return NOTES.cpus(dump);
  }

  @Override
  public List<String> options() {
    return List.of("satp", "va_kernel_pa_offset", "vabits");
  }

  @Override
  public KernelSpace kernelSpace(Machine machine) throws MissingFactException {
    return new KernelSpaceFinder(machine).find();
  }

  /**
   * The upper half, of which a process has a copy (arch/riscv/include/asm/pgalloc.h, pgd_alloc).
   */
  @Override
  public LongPredicate pageTableRoots(KernelSpace kernel) {
    RadixPageTable.Format format = RadixPageTable.of(kernel).format();
    int image =
        (int) (RiscvFacts.KERNEL_LINK_ADDRESS >>> format.levels().get(0).shift())
            & (ROOT_ENTRIES - 1);
    return new SharedEntries(
        kernel.physical(),
        format,
        kernel.root(),
        new SharedEntries.Range(ROOT_ENTRIES / 2, ROOT_ENTRIES / 2, image, RiscvEntry.CHANGING));
  }
}
