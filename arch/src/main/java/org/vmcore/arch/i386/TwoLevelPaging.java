package org.vmcore.arch.i386;

import java.nio.ByteOrder;
import java.util.List;
import org.vmcore.arch.paging.RadixPageTable.Format32;
import org.vmcore.arch.paging.RadixPageTable.Level;
import org.vmcore.arch.paging.RadixPageTable.Meaning;
import org.vmcore.arch.x86.X86Entry;

/**
 * 32-bit paging (Intel SDM vol. 3A, 4.3), with the names that Linux gives the levels.
 *
 * <pre>
 *   31..22 | 21..12 | 11..0
 *    PGD   |  PTE   | in page
 *   4 MiB    4 KiB    page
 * </pre>
 *
 * <p>An entry is the lower half of {@link X86Entry}'s; that of a 4 MiB page has bits 39 to 32 of
 * the address in its bits 20 to 13 (PSE-36).
 *
 * @param firstKernelAddress {@code PAGE_OFFSET}
 */
record TwoLevelPaging(long firstKernelAddress) implements Format32 {
  private static final Level PTE = new Level("PTE", 12, 10);
  private static final List<Level> LEVELS = List.of(new Level("PGD", 22, 10), PTE);

  private static final long ADDRESS = 0xffff_f000L;
  private static final long LARGE_ADDRESS = 0xffc0_0000L;
  private static final long LARGE_RESERVED = 1 << 21;

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

  /** An address, or CR3, whose lower bits say how tables are cached (SDM table 4-3). */
  @Override
  public long root(long root) {
    return root & ADDRESS;
  }

  @Override
  public Meaning meaning(Level level, long entryAddress, long entry, boolean kernel) {
    boolean large = !level.equals(PTE) && (entry & X86Entry.PSE) != 0;
    if ((entry & X86Entry.PRESENT) == 0) {
      return notPresent(level, entry, large, kernel);
    }
    if (large) {
      return (entry & LARGE_RESERVED) != 0 ? Meaning.Nothing.BAD : largePage(level, entry);
    }
    return level.equals(PTE) ? smallPage(entry) : new Meaning.Table(entry & ADDRESS);
  }

  private static Meaning largePage(Level level, long entry) {
    long upper = (entry >>> 13 & 0xff) << 32;
    return new Meaning.Page(upper | (entry & LARGE_ADDRESS), level.reach());
  }

  private static Meaning smallPage(long entry) {
    return new Meaning.Page(entry & ADDRESS, X86Entry.SMALL_PAGE);
  }

  /**
   * What Linux keeps in such entries (arch/x86/include/asm/pgtable.h and pgtable-2level.h): as on
   * x86-64, but addresses are never inverted, and the swap area's number is in bits 5 to 1.
   */
  private static Meaning notPresent(Level level, long entry, boolean large, boolean kernel) {
    if (large) {
      return largePage(level, entry);
    }
    boolean page = kernel ? (entry & ADDRESS) != 0 : (entry & X86Entry.PROTNONE) != 0;
    if (level.equals(PTE) && page) {
      return smallPage(entry);
    }
    if (entry == 0 || kernel) {
      return Meaning.Nothing.NOT_MAPPED;
    }
    boolean marker = !level.equals(PTE) || (entry >>> 1 & 31) >= X86Entry.FIRST_MARKER;
    return marker ? Meaning.Nothing.NOT_PRESENT : new Meaning.Swapped(entry);
  }

  @Override
  public String flags(Level level, long entry, boolean page) {
    return X86Entry.flags(entry, page ? level.reach() : 0, 0);
  }
}
