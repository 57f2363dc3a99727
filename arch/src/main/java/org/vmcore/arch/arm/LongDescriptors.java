package org.vmcore.arch.arm;

import java.nio.ByteOrder;
import java.util.List;
import org.vmcore.arch.paging.FlagNames;
import org.vmcore.arch.paging.RadixPageTable.Format32;
import org.vmcore.arch.paging.RadixPageTable.Level;
import org.vmcore.arch.paging.RadixPageTable.Meaning;

/**
 * The long-descriptor format of LPAE (ARM ARM, DDI 0406C, B3.6.1), and what Linux keeps in it
 * (Linux arch/arm/include/asm/pgtable-3level.h).
 *
 * <pre>
 *   31..30 | 29..21 | 20..12 | 11..0
 *    PGD   |  PMD   |  PTE   | in page
 *   1 GiB    2 MiB    4 KiB
 *
 *   bits 1..0  x0 nothing; 01 page of a PGD or PMD; 11 table, or page of a PTE
 * </pre>
 *
 * @param firstKernelAddress modules are there, below the kernel
 */
record LongDescriptors(ByteOrder byteOrder, long firstKernelAddress) implements Format32 {
  private static final Level PTE = new Level("PTE", 12, 9);
  private static final List<Level> LEVELS =
      List.of(new Level("PGD", 30, 2), new Level("PMD", 21, 9), PTE);

  private static final long VALID = 1;
  private static final long TABLE = 1 << 1;

  /** Bits 39 to 12. */
  private static final long ADDRESS = 0xff_ffff_f000L;

  /** Bits 51 to 40: "UNK/SBZP". */
  private static final long RESERVED = 0xfffL << 40;

  /** The table of four entries is aligned to its 32 bytes (B3.6.6). */
  private static final long ROOT = 0xff_ffff_ffe0L;

  @Override
  public List<Level> levels() {
    return LEVELS;
  }

  @Override
  public int entryBytes() {
    return Long.BYTES;
  }

  /** An address, or TTBR0, which has an address space id in its upper bits. */
  @Override
  public long root(long root) {
    return root & ROOT;
  }

  @Override
  public Meaning meaning(Level level, long entryAddress, long entry, boolean kernel) {
    boolean last = level.equals(PTE);
    if ((entry & VALID) == 0) {
      return notValid(level, entry, kernel);
    }
    boolean table = (entry & TABLE) != 0;
    if ((entry & RESERVED) != 0 || (last && !table)) {
      return Meaning.Nothing.BAD;
    }
    long address = entry & ADDRESS;
    if (table && !last) {
      return new Meaning.Table(address);
    }
    return (address & (level.reach() - 1)) != 0 ? Meaning.Nothing.BAD : page(level, entry);
  }

  private static Meaning page(Level level, long entry) {
    return new Meaning.Page(entry & ADDRESS & -level.reach(), level.reach());
  }

  /**
   * A page that its process made PROT_NONE keeps the second bit of a PTE's type, which is
   * L_PTE_PRESENT's other bit; a huge page keeps all but the first. An entry with neither is in
   * swap.
   */
  private static Meaning notValid(Level level, long entry, boolean kernel) {
    boolean second = (entry & TABLE) != 0;
    if (level.equals(PTE)) {
      if (second) {
        return page(level, entry);
      }
      return kernel ? Meaning.Nothing.NOT_MAPPED : SwapEntry.meaning(entry);
    }
    boolean huge = level.shift() == 21 && (entry & ADDRESS) != 0 && !second;
    return huge ? page(level, entry) : Meaning.Nothing.NOT_MAPPED;
  }

  @Override
  public String flags(Level level, long entry, boolean page) {
    FlagNames names = new FlagNames(entry).add((entry & VALID) != 0, "PRESENT");
    if (!page) {
      return names.add((entry & (VALID | TABLE)) == (VALID | TABLE), "TABLE").toString();
    }
    return names
        .add(1 << 6, "USER")
        .add(1 << 7, "AP2")
        .add(3 << 8, "SHARED")
        .add(1 << 10, "YOUNG")
        .add(1 << 11, "NG")
        .add(1L << 52, "CONT")
        .add(1L << 53, "PXN")
        .add(1L << 54, "XN")
        .add(1L << 55, "DIRTY")
        .add(1L << 56, "SPECIAL")
        .add(1L << 57, "NONE")
        .add(1L << 58, "RDONLY")
        .toString();
  }
}
