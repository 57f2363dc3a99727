package org.vmcore.gdbstub.demo;

import org.vmcore.dumpreader.write.SyntheticDump;
import org.vmcore.gdbstub.demo.ImageSection.ImageSymbol;
import org.vmcore.gdbstub.demo.ImageSection.Kind;

/**
 * Where everything is in a demo machine.
 *
 * <pre>
 *   physical                                    virtual
 *   0000000000  RAM, 1 GiB                      page_offset_base, 2 MiB pages
 *      0000001000  first page
 *      physicalStart  kernel image              ffffffff81000000 + kaslrOffset
 *      0020000000  per-CPU areas, tasks, ...
 *      0021000000  page tables
 *      0022000000  pages of vmalloc memory      vmalloc_base + ..., 4 KiB pages
 *      0028000000  the program's pages          user addresses
 *      0030000000  crash kernel, not in dumps
 *   0100000000  RAM, 1 GiB                      page_offset_base + ..., one 1 GiB page
 *      0123456000  a page of vmalloc memory
 * </pre>
 *
 * @param pageOffset virtual address of physical address 0, randomised as the next two are
 * @param vmallocBase start of the vmalloc area
 * @param vmemmapBase start of the array of page structures, which the demo does not have
 * @param vmappedStacks whether kernel stacks are in the vmalloc area
 */
record AddressPlan(
    KernelImage image,
    long kaslrOffset,
    long physicalStart,
    long pageOffset,
    long vmallocBase,
    long vmemmapBase,
    boolean vmappedStacks) {
  static final int CPUS = 2;
  static final int WRITER_PID = 1337;

  static final long RAM_SIZE = 1L << 30;
  static final long HIGH_RAM = 1L << 32;

  static final long FIRST_PAGE = 0x1000;
  static final long PER_CPU_AREAS = 0x20000000;
  static final long PER_CPU_UNIT = 0x8000;
  static final long SWAPPER_1 = 0x20100000;
  static final long WRITER = SWAPPER_1 + KernelImage.TASK_SIZE;
  static final long SECOND_THREAD = WRITER + KernelImage.TASK_SIZE;
  static final long FILE = 0x20101000;
  static final long COMMAND_LINE = 0x20102000;
  static final long VMCOREINFO = 0x20103000;
  static final long DIRECT_MAP_STACKS = 0x20110000;
  static final long PAGE_TABLES = 0x21000000;

  /** Physical pages of the first stack in the vmalloc area; the second is one page above. */
  static final long[] STACK_PAGES = {0x22013000, 0x22002000, 0x22047000, 0x22021000};

  /** Physical pages of the vmalloc buffer. */
  static final long[] BUFFER_PAGES = {0x22345000, 0x123456000L, 0x22344000};

  static final long LOST_PAGE = 0x30123000;

  static final long USER_CODE_PAGE = 0x28111000;
  static final long USER_DATA_PAGE = 0x28222000;
  static final long USER_NO_ACCESS_PAGE = 0x28223000;
  static final long USER_STACK_PAGE = 0x28010000;
  static final long USER_LARGE_PAGE = 0x28400000;

  static final long USER_CODE = 0x401000;
  static final long USER_DATA = 0x600000;
  static final long USER_SWAPPED = 0x601000;
  static final long USER_NO_ACCESS = 0x602000;
  static final long USER_LARGE = 0x200000000L;
  static final long USER_STACK = 0x7ffd5ab00000L;
  static final long USER_STACK_POINTER = USER_STACK + 0xe08;

  private static final long PAGE = SyntheticDump.PAGE_SIZE;

  /** The areas' bases are multiples of 1 GiB (Linux arch/x86/mm/kaslr.c). */
  static AddressPlan of(KernelImage image, DemoMachine.Builder options) {
    boolean fiveLevels = options.levels == 5;
    return new AddressPlan(
        image,
        options.kaslrOffset,
        options.physicalStart,
        fiveLevels ? 0xff1f4a3240000000L : 0xffff9c4680000000L,
        fiveLevels ? 0xffaa1c6500000000L : 0xffffb1e900000000L,
        fiveLevels ? 0xffd5a10000000000L : 0xffffe3a100000000L,
        options.vmappedStacks);
  }

  /** What the kernel adds to an image address less __START_KERNEL_map, to get a physical one. */
  long physBase() {
    return physicalStart - (KernelImage.TEXT + kaslrOffset - KernelImage.START_KERNEL_MAP);
  }

  /** Run-time address of a symbol; a per-CPU variable's offset. */
  long runTime(String symbol) {
    return runTime(image.symbol(symbol));
  }

  long runTime(ImageSymbol symbol) {
    return symbol.section() == Kind.PER_CPU ? symbol.address() : symbol.address() + kaslrOffset;
  }

  /** Physical address of a symbol of the image, per-CPU variables excepted. */
  long physical(String symbol) {
    return imagePhysical(image.address(symbol));
  }

  /** Physical address of a link-time address. */
  long imagePhysical(long linkAddress) {
    return linkAddress - KernelImage.TEXT + physicalStart;
  }

  /** Virtual address in the direct map. */
  long direct(long physicalAddress) {
    return pageOffset + physicalAddress;
  }

  /** Physical address of a CPU's copy of a per-CPU variable. */
  long perCpu(int cpu, String symbol) {
    return perCpuArea(cpu) + image.address(symbol);
  }

  /** Physical address of a CPU's copy of the per-CPU section. */
  long perCpuArea(int cpu) {
    return PER_CPU_AREAS + cpu * PER_CPU_UNIT;
  }

  /** Virtual address of a CPU's kernel stack; in the vmalloc area an unmapped page precedes it. */
  long stack(int cpu) {
    return vmappedStacks
        ? vmallocBase + 0x4000 + cpu * 0x8000L
        : direct(DIRECT_MAP_STACKS) + (long) cpu * KernelImage.STACK_SIZE;
  }

  /** Physical address of one page of a CPU's kernel stack. */
  long stackPage(int cpu, int page) {
    return vmappedStacks
        ? STACK_PAGES[page] + cpu * PAGE
        : DIRECT_MAP_STACKS + (long) cpu * KernelImage.STACK_SIZE + page * PAGE;
  }

  /** The vmalloc buffer of {@link #BUFFER_PAGES}; an unmapped page follows. */
  long buffer() {
    return vmallocBase + 0x1a5000;
  }

  long bufferEnd() {
    return buffer() + BUFFER_PAGES.length * PAGE;
  }

  /** The vmalloc buffer that is in {@link #LOST_PAGE}. */
  long lostBuffer() {
    return vmallocBase + 0x1b0000;
  }
}
