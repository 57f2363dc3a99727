package org.vmcore.arch.i386;

import java.util.List;
import java.util.function.LongPredicate;
import org.vmcore.arch.Architecture;
import org.vmcore.arch.CpuState;
import org.vmcore.arch.KernelSpace;
import org.vmcore.arch.Machine;
import org.vmcore.arch.MissingFactException;
import org.vmcore.arch.RadixPageTable;
import org.vmcore.arch.RadixPageTable.Format32;
import org.vmcore.arch.Recognition;
import org.vmcore.arch.RegisterSet;
import org.vmcore.arch.SharedEntries;
import org.vmcore.arch.VirtualMemory;
import org.vmcore.arch.x86.X86Entry;
import org.vmcore.dumpreader.Dump;

/** 32-bit x86. */
public final class I386 implements Architecture {
  /** {@code EM_386} (System V ABI, Intel386 supplement, 4). */
  private static final int EM_386 = 3;

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
    return Recognition.byHeader(dump.info(), EM_386, "i[3-6]86")
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
  public RegisterSet registers() {
    return I386Registers.SET;
  }

  @Override
  public List<CpuState> cpus(Dump dump) {
    return I386Notes.cpus(dump);
  }

  @Override
  public KernelSpace kernelSpace(Machine machine) throws MissingFactException {
    return new KernelSpaceFinder(machine).find();
  }

  @Override
  public VirtualMemory addressSpace(KernelSpace kernel, long root) {
    return new VirtualMemory(kernel.physical(), RadixPageTable.of(kernel).withUserRoot(root));
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
