package org.vmcore.arch.riscv32;

import java.util.List;
import java.util.function.LongPredicate;
import org.vmcore.arch.api.Machine;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.arch.paging.KernelSpace;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.SharedEntries;
import org.vmcore.arch.riscv.Riscv;
import org.vmcore.arch.riscv.RiscvEntry;
import org.vmcore.arch.riscv.RiscvNotes;

/** RISC-V with 32-bit registers. */
public final class Riscv32 extends Riscv {
  /** {@code VMALLOC_START}, of which modules come first (arch/riscv/include/asm/pgtable.h). */
  private static final long FIRST_KERNEL_CODE = 0xa000_0000L;

  public Riscv32() {
    super(RiscvNotes.of32(FIRST_KERNEL_CODE));
  }

  @Override
  public String name() {
    return "riscv32";
  }

  @Override
  public int wordBits() {
    return 32;
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
