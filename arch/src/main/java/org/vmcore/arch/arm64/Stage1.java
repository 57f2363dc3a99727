package org.vmcore.arch.arm64;

import java.nio.ByteOrder;
import java.util.List;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.RadixPageTable.Format;
import org.vmcore.arch.paging.RadixPageTable.Level;
import org.vmcore.arch.paging.RadixPageTable.Meaning;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * Stage 1 translation at EL1 and EL0 (Arm ARM, DDI 0487, D8.2): the root of addresses whose bit 55
 * is set is the kernel's, in TTBR1_EL1; that of others the process's, in TTBR0_EL1.
 *
 * <p>Levels have the names that Linux and crash give them: the root is the PGD, the lowest the PTE.
 * The top byte of an address is ignored, as Linux has the CPU do for processes, and for itself
 * where pointers carry tags (TCR_EL1.TBI0, TBI1; no dump tells the latter).
 *
 * @param byteOrder of the entries in memory: the kernel's own (SCTLR_EL1.EE)
 * @param levels as the paging cuts addresses
 */
record Stage1(Paging paging, ByteOrder byteOrder, List<Level> levels) implements Format {
  /** The top level is the PGD whatever the number of levels: Linux folds those it has not. */
  private static final String ROOT = "PGD";

  private static final String[] NAMES = {"P4D", "PUD", "PMD", "PTE"};

  /** Bit 55 tells which of the two roots (Arm ARM, D8.2.3 "VA range selection"). */
  private static final int SELECT_BIT = 55;

  static Stage1 of(Paging paging, ByteOrder byteOrder) {
    int below = paging.levels() - 1;
    String[] names = new String[below + 1];
    names[0] = ROOT;
    System.arraycopy(NAMES, NAMES.length - below, names, 1, below);
    int bits = paging.shift(1) - paging.shift(0);
    return new Stage1(
        paging, byteOrder, Level.all(paging.pageShift(), bits, paging.addressBits(), names));
  }

  /**
   * The kernel's tables alone, which map no user addresses.
   *
   * @param root physical address of the kernel's root table
   */
  static RadixPageTable kernel(PhysicalMemory physical, ByteOrder order, Paging paging, long root) {
    return RadixPageTable.kernelHalf(physical, of(paging, order), root);
  }

  @Override
  public int entryBytes() {
    return Long.BYTES;
  }

  @Override
  public int addressBits() {
    return paging.addressBits();
  }

  private static long untagged(long virtualAddress) {
    return virtualAddress << (63 - SELECT_BIT) >> (63 - SELECT_BIT);
  }

  @Override
  public long afterTags(long virtualAddress) {
    boolean isTagged = untagged(virtualAddress) != virtualAddress;
    // The first address of the kernel's half: what has a tag lies between the halves.
    return isTagged ? -1L << SELECT_BIT : virtualAddress;
  }

  @Override
  public boolean isCanonical(long virtualAddress) {
    return untagged(virtualAddress) >> paging.addressBits() == (isKernel(virtualAddress) ? -1 : 0);
  }

  @Override
  public boolean isKernel(long virtualAddress) {
    return (virtualAddress >>> SELECT_BIT & 1) != 0;
  }

  @Override
  public long root(long ttbr) {
    return paging.root(ttbr);
  }

  /** Counted as {@link Paging} does, from the PTE. */
  private int number(Level level) {
    return (level.shift() - paging.shift(0)) / (paging.shift(1) - paging.shift(0));
  }

  @Override
  public Meaning meaning(Level level, long entryAddress, long entry, boolean kernel) {
    int number = number(level);
    boolean valid = (entry & Descriptor.VALID) != 0;
    if (!valid && !isInaccessiblePage(entry, number, kernel)) {
      return notPresent(entry, number, kernel);
    }
    boolean table = isTable(entry, number);
    long pageSize = table ? 0 : level.reach();
    if (valid && isMalformed(entry, number, pageSize)) {
      return Meaning.Nothing.BAD;
    }
    long address = paging.address(entry);
    return table ? new Meaning.Table(address) : new Meaning.Page(address & -pageSize, pageSize);
  }

  private static boolean isTable(long entry, int level) {
    long table = Descriptor.VALID | Descriptor.TABLE;
    return level > 0 && (entry & table) == table;
  }

  /**
   * Whether an entry that is not valid still leads to memory that a debugger should see.
   *
   * <p>Kernel: it takes pages out of its own map by clearing VALID alone (Linux
   * arch/arm64/mm/pageattr.c: freed pages with debug_pagealloc, guard pages of KFENCE, secret
   * memory). Nothing of the kernel's is in swap.
   *
   * <p>User: a page that its process made PROT_NONE or that NUMA balancing watches loses VALID and
   * keeps the other bit of its type, which is zero in swap entries; before, and in blocks, where
   * that bit is zero too, a bit of its own marks it (pgtable-prot.h, PAGE_NONE; pgtable.h,
   * pmd_mkinvalid, for a huge page that is being split).
   */
  private boolean isInaccessiblePage(long entry, int level, boolean kernel) {
    long type = entry & (Descriptor.TABLE | Descriptor.VALID);
    if (level == 0) {
      return kernel
          ? (entry & Descriptor.AF) != 0
          : type == Descriptor.TABLE || (entry & Descriptor.PROT_NONE) != 0;
    }
    long marks = Descriptor.PROT_NONE | Descriptor.SPLITTING | Descriptor.PRESENT_INVALID;
    return paging.hasBlocks(level) && type == 0 && (entry & (kernel ? Descriptor.AF : marks)) != 0;
  }

  private Meaning notPresent(long entry, int level, boolean kernel) {
    if (entry == 0 || kernel || (level > 0 && !paging.hasBlocks(level))) {
      return Meaning.Nothing.NOT_MAPPED;
    }
    // A huge page is swapped out in small pieces: what else its entry holds is a marker.
    boolean marker = level > 0 || Descriptor.isMarker(entry);
    return marker ? Meaning.Nothing.NOT_PRESENT : new Meaning.Swapped(entry);
  }

  /** Whether a valid entry is of a type that its level has not, or has bits that must be zero. */
  private boolean isMalformed(long entry, int level, long pageSize) {
    boolean block = pageSize > 0 && (entry & Descriptor.TABLE) == 0;
    return (block && !paging.hasBlocks(level)) || (entry & paging.reserved(pageSize)) != 0;
  }

  /** Those of a page too where the entry is that of a page, but a bad one. */
  @Override
  public String flags(Level level, long entry, boolean page) {
    boolean table = isTable(entry, number(level));
    return page || (entry & Descriptor.VALID) != 0
        ? Descriptor.flags(entry & ~paging.addressMask(), table)
        : "";
  }
}
