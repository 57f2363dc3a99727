package org.vmcore.arch.i386;

import java.nio.ByteOrder;
import java.util.List;
import org.vmcore.arch.paging.FlagNames;
import org.vmcore.arch.paging.RadixPageTable.Format32;
import org.vmcore.arch.paging.RadixPageTable.Level;
import org.vmcore.arch.paging.RadixPageTable.Meaning;
import org.vmcore.arch.x86.X86Entry;

/**
 * PAE paging (Intel SDM vol. 3A, 4.4), with the names that Linux gives the levels.
 *
 * <pre>
 *   31..30 | 29..21 | 20..12 | 11..0
 *    PGD   |  PMD   |  PTE   | in page
 *            2 MiB    4 KiB    page
 * </pre>
 *
 * @param firstKernelAddress {@code PAGE_OFFSET}
 */
record PaePaging(long firstKernelAddress) implements Format32 {
  private static final Level PGD = new Level("PGD", 30, 2);
  private static final Level PTE = new Level("PTE", 12, 9);
  private static final List<Level> LEVELS = List.of(PGD, new Level("PMD", 21, 9), PTE);

  /**
   * Bits 8 to 6, 2 and 1 of an entry of the PGD must be zero (SDM table 4-8). So must bit 5, but
   * QEMU sets it as it does in any other entry.
   */
  private static final long PGD_RESERVED =
      X86Entry.RW | X86Entry.USER | X86Entry.DIRTY | X86Entry.PSE | X86Entry.GLOBAL;

  /** Above the widest address (SDM tables 4-8 to 4-11). */
  private static final long RESERVED = 0x7ffL << 52;

  /** The table is aligned to its 32 bytes (SDM table 4-7). */
  private static final long ROOT = 0xffff_ffe0L;

  @Override
  public List<Level> levels() {
    return LEVELS;
  }

  @Override
  public int entryBytes() {
    return Long.BYTES;
  }

  @Override
  public ByteOrder byteOrder() {
    return ByteOrder.LITTLE_ENDIAN;
  }

  @Override
  public long root(long root) {
    return root & ROOT;
  }

  @Override
  public Meaning meaning(Level level, long entryAddress, long entry, boolean kernel) {
    if ((entry & X86Entry.PRESENT) == 0) {
      return notPresent(level, entry, kernel);
    }
    long address = entry & X86Entry.ADDRESS;
    if ((entry & RESERVED) != 0) {
      return Meaning.Nothing.BAD;
    }
    if (level.equals(PGD)) {
      return (entry & PGD_RESERVED) != 0 ? Meaning.Nothing.BAD : new Meaning.Table(address);
    }
    boolean page = level.equals(PTE) || (entry & X86Entry.PSE) != 0;
    if (!page) {
      return new Meaning.Table(address);
    }
    long inPage = address & (level.reach() - 1) & ~X86Entry.PAT_LARGE;
    return inPage != 0 ? Meaning.Nothing.BAD : page(level, address);
  }

  private static Meaning page(Level level, long address) {
    return new Meaning.Page(address & -level.reach(), level.reach());
  }

  /** What Linux keeps in such entries is what it keeps there on x86-64. */
  private static Meaning notPresent(Level level, long entry, boolean kernel) {
    long address = X86Entry.addressWhenNotPresent(entry, 0);
    boolean page =
        level.equals(PTE)
            ? (kernel ? address != 0 : (entry & X86Entry.PROTNONE) != 0)
            : !level.equals(PGD) && (entry & X86Entry.PSE) != 0;
    if (page) {
      return page(level, address);
    }
    if (entry == 0 || kernel) {
      return Meaning.Nothing.NOT_MAPPED;
    }
    boolean marker = !level.equals(PTE) || X86Entry.isMarker(entry);
    return marker ? Meaning.Nothing.NOT_PRESENT : new Meaning.Swapped(entry);
  }

  @Override
  public String flags(Level level, long entry, boolean page) {
    if (level.equals(PGD)) {
      return new FlagNames(entry)
          .add(X86Entry.PRESENT, "PRESENT")
          .add(X86Entry.PWT, "PWT")
          .add(X86Entry.PCD, "PCD")
          .toString();
    }
    return X86Entry.flags(entry, page ? level.reach() : 0, 0);
  }
}
