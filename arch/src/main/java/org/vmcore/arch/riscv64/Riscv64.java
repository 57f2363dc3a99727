package org.vmcore.arch.riscv64;

import java.util.List;
import java.util.function.LongPredicate;
import org.vmcore.arch.Architecture;
import org.vmcore.arch.CpuState;
import org.vmcore.arch.KernelSpace;
import org.vmcore.arch.Machine;
import org.vmcore.arch.MissingFactException;
import org.vmcore.arch.RadixPageTable;
import org.vmcore.arch.RegisterSet;
import org.vmcore.arch.SharedEntries;
import org.vmcore.arch.VirtualMemory;
import org.vmcore.dumpreader.Dump;
import org.vmcore.dumpreader.DumpInfo;

/** RISC-V with 64-bit registers. */
public final class Riscv64 implements Architecture {
  /** {@code EM_RISCV} (RISC-V ELF psABI, "File Header"). */
  private static final int EM_RISCV = 243;

  private static final int ROOT_ENTRIES = 512;

  @Override
  public String name() {
    return "riscv64";
  }

  @Override
  public String tripleName() {
    return "riscv64";
  }

  /**
   * By the ELF header, or {@code utsname.machine}; a header without either leaves the notes, whose
   * size no other architecture's have.
   */
  @Override
  public boolean recognises(Dump dump) {
    DumpInfo info = dump.info();
    if (info.wordBits() != 64) {
      return false;
    }
    if (info.elfMachine().isPresent()) {
      return info.elfMachine().getAsInt() == EM_RISCV;
    }
    String machine = info.machine().orElse("");
    if (!machine.isEmpty() && !machine.equals("Unknown")) {
      return machine.equals("riscv64");
    }
    return RiscvNotes.PRSTATUS.notes(dump).stream()
        .anyMatch(note -> note.descriptor().length == RiscvNotes.PRSTATUS.size());
  }

  @Override
  public RegisterSet registers() {
    return RiscvRegisters.SET;
  }

  @Override
  public List<CpuState> cpus(Dump dump) {
    return RiscvNotes.cpus(dump);
  }

  @Override
  public KernelSpace kernelSpace(Machine machine) throws MissingFactException {
    return new KernelSpaceFinder(machine).find();
  }

  @Override
  public VirtualMemory addressSpace(KernelSpace kernel, long root) {
    RadixPageTable tables = (RadixPageTable) kernel.virtual().pageTable();
    return new VirtualMemory(kernel.physical(), tables.withUserRoot(root));
  }

  /**
   * The upper half, of which a process has a copy (arch/riscv/include/asm/pgalloc.h, pgd_alloc).
   */
  @Override
  public LongPredicate pageTableRoots(KernelSpace kernel) {
    RadixPageTable tables = (RadixPageTable) kernel.virtual().pageTable();
    RadixPageTable.Format format = tables.format();
    int image =
        (int) (RiscvFacts.KERNEL_LINK_ADDRESS >>> format.levels().get(0).shift())
            & (ROOT_ENTRIES - 1);
    return new SharedEntries(
        kernel.physical(),
        format,
        kernel.root(),
        new SharedEntries.Range(ROOT_ENTRIES / 2, ROOT_ENTRIES / 2, image, RiscvPaging.CHANGING));
  }
}
