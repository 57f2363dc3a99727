package org.vmcore.gdbstub.demo;

import java.util.Optional;
import org.vmcore.dumpreader.write.SyntheticDump;
import org.vmcore.gdbstub.demo.X86PageTables.PageSize;

/** The demo's page tables: the kernel's own, and the crashed process's. */
final class AddressSpaces {
  private static final int PAGE = SyntheticDump.PAGE_SIZE;

  // With page-table isolation, a process has an aligned pair of top-level tables, the upper one
  // for user mode (Linux arch/x86/mm/pti.c), each with a process-context identifier of its own
  // (arch/x86/mm/tlb.c).
  private static final long USER_MODE_TABLE = PAGE;
  private static final long KERNEL_PCID = 1;
  private static final long USER_PCID = 1 | 0x800;

  /** Linux arch/x86/include/asm/pgtable_64.h, "Encode and de-code a swap entry". */
  private static final int SWAP_OFFSET_SHIFT = 9;

  private static final long SWAP_OFFSET = 0x1234;

  private final DemoMachine.Builder options;
  private final AddressPlan plan;
  private final X86PageTables kernel;
  private final X86PageTables process;
  private final Optional<X86PageTables> userMode;
  private long nextTable = AddressPlan.PAGE_TABLES + 2 * PAGE;

  AddressSpaces(DemoMachine.Builder options, AddressPlan plan, SyntheticDump.Builder memory) {
    this.options = options;
    this.plan = plan;
    this.kernel =
        X86PageTables.create(
            memory, this::newTable, options.levels, options.smeMask, plan.physical("init_top_pgt"));
    mapKernel();
    process = kernel.another(AddressPlan.PAGE_TABLES);
    userMode =
        options.pageTableIsolation
            ? Optional.of(kernel.another(process.root() | USER_MODE_TABLE))
            : Optional.empty();
    mapProgram(userMode.orElse(process));
    long kernelHalf = -1L << (12 + 9 * options.levels - 1);
    process.share(kernel, kernelHalf, -1, 0);
    // Linux makes sure that the kernel's table of the pair cannot run the program.
    userMode.ifPresent(tables -> process.share(tables, 0, ~kernelHalf, X86PageTables.NO_EXECUTE));
  }

  /** The kernel's own tables, without a process. */
  X86PageTables kernel() {
    return kernel;
  }

  /** The process's tables with the kernel in them. */
  X86PageTables process() {
    return process;
  }

  /** The process's tables without the kernel, where there are any. */
  Optional<X86PageTables> userMode() {
    return userMode;
  }

  /** The CR3 of a CPU (SDM vol. 3A, 4.5.2). */
  long cr3(CpuScene scene) {
    if (scene.pid() == 0) {
      return kernel.root() | options.smeMask;
    }
    long isolation =
        !options.pageTableIsolation
            ? 0
            : scene.isUserMode() ? USER_MODE_TABLE | USER_PCID : KERNEL_PCID;
    return process.root() | isolation | options.smeMask;
  }

  private void mapKernel() {
    KernelImage image = plan.image();
    long readOnly = X86PageTables.KERNEL_DATA & ~X86PageTables.WRITABLE;
    long text = KernelImage.TEXT + plan.kaslrOffset();
    long physicalText = plan.physicalStart();
    long rodata = KernelImage.RODATA - KernelImage.TEXT;
    long data = KernelImage.DATA - KernelImage.TEXT;
    kernel
        .map(text, physicalText, PageSize.LARGE_2M, X86PageTables.KERNEL_TEXT)
        .map(text + rodata, physicalText + rodata, PageSize.LARGE_2M, readOnly)
        .mapRange(
            text + data,
            physicalText + data,
            image.end() - KernelImage.DATA,
            PageSize.SMALL_4K,
            X86PageTables.KERNEL_DATA)
        .mapRange(
            plan.direct(0), 0, AddressPlan.RAM_SIZE, PageSize.LARGE_2M, X86PageTables.KERNEL_DATA)
        .map(
            plan.direct(AddressPlan.HIGH_RAM),
            AddressPlan.HIGH_RAM,
            PageSize.HUGE_1G,
            X86PageTables.KERNEL_DATA);
    if (plan.vmappedStacks()) {
      for (int cpu = 0; cpu < AddressPlan.CPUS; cpu++) {
        for (int page = 0; page < KernelImage.STACK_SIZE / PAGE; page++) {
          mapVmalloc(plan.stack(cpu) + (long) page * PAGE, plan.stackPage(cpu, page));
        }
      }
    }
    for (int page = 0; page < AddressPlan.BUFFER_PAGES.length; page++) {
      mapVmalloc(plan.buffer() + (long) page * PAGE, AddressPlan.BUFFER_PAGES[page]);
    }
    mapVmalloc(plan.lostBuffer(), AddressPlan.LOST_PAGE);
  }

  private void mapVmalloc(long virtual, long physical) {
    kernel.map(virtual, physical, PageSize.SMALL_4K, X86PageTables.KERNEL_DATA);
  }

  private static long swapEntry() {
    return ~SWAP_OFFSET << (SWAP_OFFSET_SHIFT + 5) >>> 5; // five bits of swap type above, all 0
  }

  private void mapProgram(X86PageTables tables) {
    long code = X86PageTables.USER_DATA & ~X86PageTables.WRITABLE & ~X86PageTables.NO_EXECUTE;
    tables
        .map(AddressPlan.USER_CODE, AddressPlan.USER_CODE_PAGE, PageSize.SMALL_4K, code)
        .map(
            AddressPlan.USER_DATA,
            AddressPlan.USER_DATA_PAGE,
            PageSize.SMALL_4K,
            X86PageTables.USER_DATA)
        .entry(AddressPlan.USER_SWAPPED, PageSize.SMALL_4K, swapEntry())
        .entry(AddressPlan.USER_NO_ACCESS, PageSize.SMALL_4K, noAccessEntry())
        .map(
            AddressPlan.USER_STACK,
            AddressPlan.USER_STACK_PAGE,
            PageSize.SMALL_4K,
            X86PageTables.USER_DATA)
        .map(
            AddressPlan.USER_LARGE,
            AddressPlan.USER_LARGE_PAGE,
            PageSize.LARGE_2M,
            X86PageTables.USER_DATA);
  }

  /**
   * {@code PAGE_NONE}: there is a page, but nobody may touch it. Not present, marked by the bit
   * that is Global elsewhere, and with the address inverted, so that speculation does not follow it
   * (Linux arch/x86/include/asm/pgtable-invert.h).
   */
  private long noAccessEntry() {
    long address = ~AddressPlan.USER_NO_ACCESS_PAGE & 0x000ffffffffff000L;
    return address | X86PageTables.GLOBAL | X86PageTables.ACCESSED;
  }

  private long newTable() {
    long table = nextTable;
    nextTable += PAGE;
    return table;
  }
}
