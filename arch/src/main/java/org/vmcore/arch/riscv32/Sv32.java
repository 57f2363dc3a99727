package org.vmcore.arch.riscv32;

import java.nio.ByteOrder;
import java.util.List;
import org.vmcore.arch.paging.RadixPageTable.Format32;
import org.vmcore.arch.paging.RadixPageTable.Level;
import org.vmcore.arch.paging.RadixPageTable.Meaning;
import org.vmcore.arch.riscv.RiscvEntry;

/**
 * Sv32 (RISC-V Privileged Architecture, "Sv32: Page-Based 32-bit Virtual-Memory Systems").
 *
 * <pre>
 *   31..22 | 21..12 | 11..0
 *    PGD   |  PTE   | in page
 *   4 MiB    4 KiB    page
 *
 *   31..10  9..8      7  6  5  4  3  2  1  0
 *   PPN     software  D  A  G  U  X  W  R  V
 * </pre>
 *
 * <p>Physical addresses have 34 bits.
 *
 * @param firstKernelAddress the lowest that {@code swapper_pg_dir} maps
 */
record Sv32(long firstKernelAddress) implements Format32 {
  static final long PAGE_SIZE = 4096;
  private static final Level PGD = new Level("PGD", 22, 10);
  private static final Level PTE = new Level("PTE", 12, 10);
  private static final List<Level> LEVELS = List.of(PGD, PTE);
  private static final long MAX_ADDRESS = (1L << 34) - 1;
  private static final long MAX_PPN = (1L << 22) - 1;

  @Override
  public List<Level> levels() {
    return LEVELS;
  }

  @Override
  public int entryBytes() {
    return Integer.BYTES;
  }

  @Override
  public ByteOrder byteOrder() {
    return ByteOrder.LITTLE_ENDIAN;
  }

  /** An address; satp is told by its MODE in bit 31 and bits within a page. */
  @Override
  public long root(long root) {
    boolean satp = root >>> 31 == 1 && root % PAGE_SIZE != 0;
    return satp ? rootOfSatp(root) : root & -PAGE_SIZE & MAX_ADDRESS;
  }

  /** {@code satp}: MODE in bit 31, ASID in 30 to 22, PPN in 21 to 0. */
  static long rootOfSatp(long satp) {
    return (satp & MAX_PPN) << 12;
  }

  @Override
  public Meaning meaning(Level level, long entryAddress, long entry, boolean kernel) {
    Meaning page = new Meaning.Page(address(entry) & -level.reach(), level.reach());
    if ((entry & RiscvEntry.VALID) == 0) {
      return RiscvEntry.notValid(level, entry, kernel, page);
    }
    if ((entry & RiscvEntry.LEAF) == 0) {
      // "Reserved for future standard use" in a pointer to a table.
      long reserved = RiscvEntry.USER | RiscvEntry.ACCESSED | RiscvEntry.DIRTY;
      return level.equals(PTE) || (entry & reserved) != 0
          ? Meaning.Nothing.BAD
          : new Meaning.Table(address(entry));
    }
    boolean bad =
        (entry & (RiscvEntry.READ | RiscvEntry.WRITE)) == RiscvEntry.WRITE
            || address(entry) % level.reach() != 0;
    return bad ? Meaning.Nothing.BAD : page;
  }

  private static long address(long entry) {
    return entry >>> 10 << 12;
  }

  @Override
  public String flags(Level level, long entry, boolean page) {
    return RiscvEntry.flags(entry).toString();
  }
}
