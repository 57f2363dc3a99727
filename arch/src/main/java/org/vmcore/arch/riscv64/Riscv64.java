package org.vmcore.arch.riscv64;

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

/** RISC-V with 64-bit registers. */
public final class Riscv64 extends Riscv {
  private static final int ROOT_ENTRIES = 512;

  public Riscv64() {
    super(RiscvNotes.of64());
  }

  @Override
  public String name() {
    return "riscv64";
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
