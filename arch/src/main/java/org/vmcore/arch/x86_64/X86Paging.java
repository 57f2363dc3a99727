package org.vmcore.arch.x86_64;

import java.nio.ByteOrder;
import java.util.List;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.RadixPageTable.Format;
import org.vmcore.arch.paging.RadixPageTable.Level;
import org.vmcore.arch.paging.RadixPageTable.Meaning;
import org.vmcore.arch.x86.X86Entry;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * 4-level and 5-level paging (Intel SDM vol. 3A, 4.5).
 *
 * <pre>
 *   63 .. 57 | 56..48 | 47..39 | 38..30 | 29..21 | 20..12 | 11..0
 *   copies   |  PGD   |  P4D   |  PUD   |  PMD   |  PTE   | in page     5 levels
 *   copies of bit 47  |  PGD   |  PUD   |  PMD   |  PTE   | in page     4 levels
 *                                 1 GiB    2 MiB    4 KiB   page
 * </pre>
 *
 * <p>Levels have the names that Linux and crash give them, not the SDM's (PML5, PML4, PDPT, PD,
 * PT). That kernel addresses are walked from the kernel's own root matters: the tables that a CPU
 * uses in user mode do not map the kernel where page-table isolation is on.
 *
 * @param levels from the root down
 * @param encryption the bit that marks encrypted memory (AMD SME, {@code sme_me_mask}), or 0
 */
record X86Paging(List<Level> levels, long encryption) implements Format {
  private static final List<Level> FOUR = Level.all(12, 9, 48, "PGD", "PUD", "PMD", "PTE");
  private static final List<Level> FIVE = Level.all(12, 9, 57, "PGD", "P4D", "PUD", "PMD", "PTE");

  /** PTE, PMD (2 MiB) and PUD (1 GiB) may map a page. */
  private static final long LARGEST_PAGE = 1 << 30;

  /**
   * @param levels 4 or 5
   */
  static X86Paging of(int levels, long encryption) {
    return new X86Paging(levels == 5 ? FIVE : FOUR, encryption);
  }

  /** The kernel's tables: both halves from one root. */
  static RadixPageTable kernel(PhysicalMemory physical, int levels, long encryption, long root) {
    return RadixPageTable.kernel(physical, of(levels, encryption), root);
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
  public int addressBits() {
    return levels.get(0).shift() + levels.get(0).bits();
  }

  @Override
  public boolean isCanonical(long virtualAddress) {
    int copies = Long.SIZE - addressBits();
    return virtualAddress << copies >> copies == virtualAddress;
  }

  @Override
  public boolean isKernel(long virtualAddress) {
    return virtualAddress < 0;
  }

  /**
   * An address or a CR3: its PCID (bits 11 to 0; SDM vol. 3A, 4.5.2) and its upper bits are
   * ignored; with page-table isolation either of the two tables will do.
   */
  @Override
  public long root(long root) {
    return address(root);
  }

  /** The physical address in an entry that is present, or in CR3. */
  long address(long entry) {
    return entry & X86Entry.ADDRESS & ~encryption;
  }

  @Override
  public Meaning meaning(Level level, long entryAddress, long entry, boolean kernel) {
    if ((entry & X86Entry.PRESENT) == 0) {
      return notPresent(level, entry, kernel);
    }
    long address = address(entry);
    if (mapsPage(level, entry)) {
      return isReserved(level, entry)
          ? Meaning.Nothing.BAD
          : new Meaning.Page(address & -level.reach(), level.reach());
    }
    return isReserved(level, entry) ? Meaning.Nothing.BAD : new Meaning.Table(address);
  }

  private static boolean isLast(Level level) {
    return level.reach() == X86Entry.SMALL_PAGE;
  }

  /** Of an entry that is present. */
  private static boolean mapsPage(Level level, long entry) {
    return isLast(level) || ((entry & X86Entry.PSE) != 0 && level.reach() <= LARGEST_PAGE);
  }

  /**
   * PSE of a PGD or P4D is reserved; so are the address bits inside a large page but for PAT (SDM
   * vol. 3A, tables 4-15, 4-16, 4-18; 4.7, "RSVD flag").
   */
  private boolean isReserved(Level level, long entry) {
    if (level.reach() > LARGEST_PAGE) {
      return (entry & X86Entry.PSE) != 0;
    }
    return mapsPage(level, entry)
        && (address(entry) & (level.reach() - 1) & ~X86Entry.PAT_LARGE) != 0;
  }

  /**
   * Some entries that are not present still lead to memory that a debugger should see.
   *
   * <p>User: a page that its process made PROT_NONE or that NUMA balancing watches has PROTNONE
   * instead of PRESENT; a huge page that is being split keeps PSE alone (Linux
   * arch/x86/include/asm/pgtable.h, pmd_present, pmd_mkinvalid).
   *
   * <p>Kernel: it takes pages out of its own map by clearing PRESENT and leaving the address: its
   * .init memory when it frees that (arch/x86/mm/init.c, free_kernel_image_pages), freed pages with
   * debug_pagealloc, KFENCE's guard pages. Nothing of the kernel's is in swap.
   */
  private Meaning notPresent(Level level, long entry, boolean kernel) {
    long address = X86Entry.addressWhenNotPresent(entry, encryption);
    boolean mayBePage = level.reach() <= LARGEST_PAGE;
    boolean page =
        isLast(level)
            ? (kernel ? address != 0 : (entry & X86Entry.PROTNONE) != 0)
            : mayBePage && (entry & X86Entry.PSE) != 0;
    if (page) {
      return new Meaning.Page(address & -level.reach(), level.reach());
    }
    if (entry == 0 || kernel || !mayBePage) {
      return Meaning.Nothing.NOT_MAPPED;
    }
    // A huge page is swapped out in small pieces: what else its entry holds is a marker.
    boolean marker = !isLast(level) || X86Entry.isMarker(entry);
    return marker ? Meaning.Nothing.NOT_PRESENT : new Meaning.Swapped(entry);
  }

  /** Those of a page too where the entry is that of a page, but a bad one. */
  @Override
  public String flags(Level level, long entry, boolean page) {
    boolean ofPage = page || ((entry & X86Entry.PRESENT) != 0 && mapsPage(level, entry));
    return X86Entry.flags(entry, ofPage ? level.reach() : 0, encryption);
  }
}
