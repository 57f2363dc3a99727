package org.vmcore.arch.i386;

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
import org.vmcore.arch.paging.RadixPageTable.Format32;
import org.vmcore.arch.paging.SharedEntries;
import org.vmcore.arch.x86.X86Entry;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.ElfMachines;

/** 32-bit x86. */
public final class I386 implements Architecture {
  /** System V ABI, Intel386 supplement, tables 2.14, 4.1 and 4.9. */
  private static final ElfAbi ABI =
      ElfAbi.of(ElfMachines.EM_386, 1, ElfAbi.NONE)
          .with(0, "eax ecx edx ebx esp ebp esi edi eip eflags")
          .with(40, "es cs ss ds fs gs");

  /** crash's {@code bt}. */
  private static final RegisterRows ROWS =
      RegisterRows.of(
          3, "eip esp eflags", "eax ebx ecx edx", "esi edi ebp", "orig_eax cs ss ds es fs gs");

  @Override
  public String name() {
    return "i386";
  }

  @Override
  public String tripleName() {
    return "i386";
  }

  @Override
  public int wordBits() {
    return 32;
  }

  /**
   * By the header, or the notes, whose size no other architecture's have. QEMU writes 64-bit files
   * of these machines.
   */
  @Override
  public boolean recognises(Dump dump) {
    return Recognition.byHeader(dump.info(), ElfMachines.EM_386, "i[3-6]86")
        .orElseGet(() -> I386Notes.PRSTATUS.isOf(dump));
  }

  /** VMCOREINFO has the second alone; nothing stands before it. */
  @Override
  public List<String> imageStartSymbols() {
    return List.of("_text", "_stext");
  }

  @Override
  public String programCounter() {
    return "eip";
  }

  @Override
  public ElfAbi elf(ByteOrder order) {
    return ABI;
  }

  @Override
  public RegisterRows registerRows() {
    return ROWS;
  }

  @Override
  public RegisterSet programRegisters() {
    return I386Registers.OF_PROGRAMS;
  }

  @Override
  public CoreRegisters coreRegisters() {
    return I386Notes.PRSTATUS.core().withShortUserIds();
  }

  @Override
  public Optional<RegisterValues> userRegisters(ByteOrder order, SwitchedOutTask task) {
    return I386UserRegisters.of(task);
  }

  @Override
  public RegisterSet registers() {
    return I386Registers.SET;
  }

  @Override
  public List<CpuState> cpus(Dump dump) {
    return I386Notes.cpus(dump);
  }

  @Override
  public List<String> options() {
    return List.of("pae", "page_offset");
  }

  @Override
  public KernelSpace kernelSpace(Machine machine) throws MissingFactException {
    return new KernelSpaceFinder(machine).find();
  }

  /**
   * By the entries for the kernel (Linux arch/x86/mm/pgtable.c, pgd_ctor). Tables of PAE are 32
   * bytes and need not start a page; where page-table isolation is on, those have copies of the
   * kernel's second level and are not recognised.
   */
  @Override
  public LongPredicate pageTableRoots(KernelSpace kernel) {
    Format32 format = (Format32) RadixPageTable.of(kernel).format();
    RadixPageTable.Level top = format.levels().get(0);
    int first = (int) (format.firstKernelAddress() >>> top.shift());
    int count = (1 << top.bits()) - first;
    return new SharedEntries(
        kernel.physical(),
        format,
        kernel.root(),
        new SharedEntries.Range(first, count, first, X86Entry.ACCESSED | X86Entry.DIRTY));
  }
}
