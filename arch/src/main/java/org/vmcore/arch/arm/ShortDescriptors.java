package org.vmcore.arch.arm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.vmcore.arch.paging.FlagNames;
import org.vmcore.arch.paging.RadixPageTable.Format32;
import org.vmcore.arch.paging.RadixPageTable.Level;
import org.vmcore.arch.paging.RadixPageTable.Meaning;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * The short-descriptor format (ARM ARM, DDI 0406C, B3.5.1), and what Linux keeps beside it (Linux
 * arch/arm/include/asm/pgtable-2level.h).
 *
 * <pre>
 *   31..20 | 19..12 | 11..0
 *    PGD   |  PTE   | in page
 *
 *   PGD, bits 1..0          PTE, bits 1..0
 *   00  nothing             00  nothing
 *   01  PTE table           01  64 KiB, in sixteen entries alike
 *   1x  1 MiB; with bit 18  1x  4 KiB
 *       16 MiB, in sixteen
 *       entries alike
 *
 *   page that the PGD's entries lead to:
 *      0  Linux's entries, 512 x u32
 *   2048  the hardware's, 256 x u32 for each of two entries of the PGD
 * </pre>
 *
 * <p>The hardware's entry is empty while Linux wants to know of the next access to a page, or
 * allows none. Only Linux's own entry tells then that the page is there, or where it is in swap.
 *
 * @param physical where Linux's entries are
 * @param firstKernelAddress modules are there, below the kernel
 */
record ShortDescriptors(PhysicalMemory physical, ByteOrder byteOrder, long firstKernelAddress)
    implements Format32 {
  private static final Level PTE = new Level("PTE", 12, 8);
  private static final List<Level> LEVELS = List.of(new Level("PGD", 20, 12), PTE);

  /** TTBR0 has the table's address in bits 31 to 14 (DDI 0406C, B4.1.154, TTBCR.N being 0). */
  private static final long ROOT = 0xffff_c000L;

  private static final long TYPE = 3;
  private static final long TABLE = 1;
  private static final long LARGE_PAGE = 1;
  private static final long SUPERSECTION = 1 << 18;

  private static final long TABLE_ADDRESS = 0xffff_fc00L;
  private static final long SECTION_ADDRESS = 0xfff0_0000L;
  private static final long SUPERSECTION_ADDRESS = 0xff00_0000L;
  private static final long LARGE_ADDRESS = 0xffff_0000L;
  private static final long SMALL_ADDRESS = 0xffff_f000L;

  private static final long SECTION_SIZE = 1 << 20;
  private static final long SUPERSECTION_SIZE = 16 << 20;
  private static final long LARGE_SIZE = 64 << 10;
  private static final long SMALL_SIZE = 4 << 10;

  /** {@code PTE_HWTABLE_OFF}: the hardware's entries come so much after Linux's. */
  private static final long HARDWARE_OFFSET = 2048;

  /** {@code L_PTE_PRESENT} of Linux's entry. */
  private static final long LINUX_PRESENT = 1;

  @Override
  public List<Level> levels() {
    return LEVELS;
  }

  @Override
  public int entryBytes() {
    return Integer.BYTES;
  }

  @Override
  public long root(long root) {
    return root & ROOT;
  }

  @Override
  public Meaning meaning(Level level, long entryAddress, long entry, boolean kernel) {
    if (level.equals(PTE)) {
      return page(entryAddress, entry, kernel);
    }
    if ((entry & TYPE) == TABLE) {
      return new Meaning.Table(entry & TABLE_ADDRESS);
    }
    if ((entry & TYPE) == 0) {
      return Meaning.Nothing.NOT_MAPPED;
    }
    if ((entry & SUPERSECTION) == 0) {
      return new Meaning.Page(entry & SECTION_ADDRESS, SECTION_SIZE);
    }
    // PA[35:32] is in bits 23 to 20, PA[39:36] in 8 to 5.
    long upper = (entry >>> 20 & 15) << 32 | (entry >>> 5 & 15) << 36;
    return new Meaning.Page(upper | (entry & SUPERSECTION_ADDRESS), SUPERSECTION_SIZE);
  }

  private Meaning page(long entryAddress, long entry, boolean kernel) {
    if ((entry & TYPE) == 0) {
      return linuxPage(entryAddress, kernel);
    }
    return (entry & TYPE) == LARGE_PAGE
        ? new Meaning.Page(entry & LARGE_ADDRESS, LARGE_SIZE)
        : new Meaning.Page(entry & SMALL_ADDRESS, SMALL_SIZE);
  }

  private Meaning linuxPage(long entryAddress, boolean kernel) {
    byte[] bytes = new byte[Integer.BYTES];
    if ((entryAddress & HARDWARE_OFFSET) == 0
        || !physical.read(entryAddress - HARDWARE_OFFSET, bytes, 0, bytes.length).isComplete()) {
      return Meaning.Nothing.NOT_MAPPED;
    }
    long entry = Integer.toUnsignedLong(ByteBuffer.wrap(bytes).order(byteOrder).getInt());
    if ((entry & LINUX_PRESENT) != 0) {
      return new Meaning.Page(entry & SMALL_ADDRESS, SMALL_SIZE);
    }
    return kernel ? Meaning.Nothing.NOT_MAPPED : SwapEntry.meaning(entry);
  }

  /** By the names of the hardware's bits; where it has none, that only Linux knows the page. */
  @Override
  public String flags(Level level, long entry, boolean page) {
    long type = entry & TYPE;
    if (type == 0) {
      return page ? "LINUX_PRESENT" : "";
    }
    if (level.equals(PTE)) {
      boolean large = type == LARGE_PAGE;
      return new FlagNames(entry)
          .add(true, "PRESENT")
          .add(1 << 2, "B")
          .add(1 << 3, "C")
          .add(1 << 4, "AP0")
          .add(1 << 5, "AP1")
          .add(1 << 9, "AP2")
          .add(1 << 10, "S")
          .add(1 << 11, "NG")
          .add(large ? 1 << 15 : 1, "XN")
          .toString();
    }
    if (type == TABLE) {
      return new FlagNames(entry).add(true, "TABLE").add(1 << 2, "PXN").toString();
    }
    return new FlagNames(entry)
        .add(true, (entry & SUPERSECTION) != 0 ? "SUPERSECTION" : "SECTION")
        .add(1 << 2, "B")
        .add(1 << 3, "C")
        .add(1 << 10, "AP0")
        .add(1 << 11, "AP1")
        .add(1 << 15, "AP2")
        .add(1 << 16, "S")
        .add(1 << 17, "NG")
        .add(1 << 4, "XN")
        .add(1, "PXN")
        .toString();
  }
}
