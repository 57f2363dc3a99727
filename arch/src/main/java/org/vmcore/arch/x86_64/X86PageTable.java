package org.vmcore.arch.x86_64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.paging.PageTable;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.x86.X86Entry;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;

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
 * PT). Addresses of the upper, kernel half are always walked from the kernel's own root: the tables
 * that a CPU uses in user mode do not map the kernel where page-table isolation is on.
 */
final class X86PageTable implements PageTable {
  private static final String[] NAMES = {"PTE", "PMD", "PUD", "P4D", "PGD"};

  /** Levels, from 0 for the PTE, that may map a page: PTE, PMD (2 MiB), PUD (1 GiB). */
  private static final int HIGHEST_PAGE_LEVEL = 2;

  /** Pages of the last level have 4 KiB. */
  private static final int LAST_SHIFT = 12;

  private final PhysicalMemory physical;
  private final int levels;
  private final long encryption;
  private final long kernelRoot;
  private final long userRoot;
  private final LinearMap linear;

  /**
   * @param levels 4 or 5
   * @param encryption the bit that marks encrypted memory (AMD SME, {@code sme_me_mask}), or 0
   * @param kernelRoot physical address of the table that kernel addresses are walked from
   * @param userRoot physical address of the table that user addresses are walked from
   * @param linear what serves kernel addresses whose tables are missing
   */
  private X86PageTable(
      PhysicalMemory physical,
      int levels,
      long encryption,
      long kernelRoot,
      long userRoot,
      LinearMap linear) {
    this.physical = physical;
    this.levels = levels;
    this.encryption = encryption;
    this.kernelRoot = address(kernelRoot);
    this.userRoot = address(userRoot);
    this.linear = linear;
  }

  /** The kernel's tables: both halves from one root. */
  static X86PageTable kernel(
      PhysicalMemory physical, int levels, long encryption, long root, LinearMap linear) {
    return new X86PageTable(physical, levels, encryption, root, root, linear);
  }

  /**
   * The same kernel with another user half.
   *
   * @param root an address or a CR3: its PCID (bits 11 to 0; SDM vol. 3A, 4.5.2) and its upper bits
   *     are ignored; with page-table isolation either of the two tables will do
   */
  X86PageTable withUserRoot(long root) {
    return new X86PageTable(physical, levels, encryption, kernelRoot, root, linear);
  }

  X86PageTable withLinear(LinearMap other) {
    return new X86PageTable(physical, levels, encryption, kernelRoot, userRoot, other);
  }

  long root() {
    return kernelRoot;
  }

  int levels() {
    return levels;
  }

  @Override
  public Translation translate(long virtualAddress) {
    return walk(virtualAddress, null);
  }

  @Override
  public Optional<PageWalk.Step> lastEntry(long entry) {
    boolean present = (entry & X86Entry.PRESENT) != 0;
    int page = present ? 1 << LAST_SHIFT : 0;
    String flags = X86Entry.flags(entry, page, encryption);
    return Optional.of(
        new PageWalk.Step(name(0), 0, entry, present ? address(entry) : 0, flags, page));
  }

  @Override
  public PageWalk walk(long virtualAddress) {
    List<PageWalk.Step> steps = new ArrayList<>(levels + 1);
    Translation result = walk(virtualAddress, steps);
    return new PageWalk(virtualAddress, steps, result);
  }

  private Translation walk(long virtualAddress, @Nullable List<PageWalk.Step> steps) {
    int bits = 12 + 9 * levels;
    if (virtualAddress << (64 - bits) >> (64 - bits) != virtualAddress) {
      return new Fault.NotCanonical(virtualAddress, bits);
    }
    long table = virtualAddress < 0 ? kernelRoot : userRoot;
    byte[] bytes = new byte[Long.BYTES];
    for (int level = levels - 1; ; level--) {
      int shift = 12 + 9 * level;
      long entryAddress = table + ((virtualAddress >>> shift) & 511) * Long.BYTES;
      PhysicalRead read = physical.read(entryAddress, bytes, 0, Long.BYTES);
      PhysicalFault unreadable = read.fault();
      if (unreadable != null) {
        // Nothing but the tables tells where a process's memory is.
        LinearMap rest = virtualAddress < 0 ? linear : LinearMap.NONE;
        return rest.withoutTable(virtualAddress, name(level), unreadable, steps);
      }
      long entry = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
      boolean present = (entry & X86Entry.PRESENT) != 0;
      boolean page =
          present
              ? level == 0 || (entry & X86Entry.PSE) != 0
              : isInaccessiblePage(entry, level, virtualAddress < 0);
      long pageSize = page && level <= HIGHEST_PAGE_LEVEL ? 1L << shift : 0;
      long target = present ? address(entry) : X86Entry.addressWhenNotPresent(entry, encryption);
      if (pageSize > 0) {
        target &= -pageSize;
      }
      if (steps != null) {
        steps.add(
            new PageWalk.Step(
                name(level),
                entryAddress,
                entry,
                present || page ? target : 0,
                X86Entry.flags(entry, pageSize, encryption),
                pageSize));
      }
      if (!present && !page) {
        return notPresent(virtualAddress, level, entryAddress, entry);
      }
      if (present && hasReservedBits(entry, level, pageSize)) {
        return new Fault.BadEntry(virtualAddress, name(level), entryAddress, entry);
      }
      if (page) {
        long inPage = virtualAddress & (pageSize - 1);
        return new Translation.Mapped(target + inPage, pageSize - inPage);
      }
      table = target;
    }
  }

  /**
   * Whether an entry that is not present still leads to memory that a debugger should see.
   *
   * <p>User: a page that its process made PROT_NONE or that NUMA balancing watches has PROTNONE
   * instead of PRESENT; a huge page that is being split keeps PSE alone (Linux
   * arch/x86/include/asm/pgtable.h, pmd_present, pmd_mkinvalid).
   *
   * <p>Kernel: it takes pages out of its own map by clearing PRESENT and leaving the address: its
   * .init memory when it frees that (arch/x86/mm/init.c, free_kernel_image_pages), freed pages with
   * debug_pagealloc, KFENCE's guard pages. Nothing of the kernel's is in swap.
   */
  private boolean isInaccessiblePage(long entry, int level, boolean kernel) {
    if (level > 0) {
      return level <= HIGHEST_PAGE_LEVEL && (entry & X86Entry.PSE) != 0;
    }
    return kernel
        ? X86Entry.addressWhenNotPresent(entry, encryption) != 0
        : (entry & X86Entry.PROTNONE) != 0;
  }

  private Fault notPresent(long virtualAddress, int level, long entryAddress, long entry) {
    if (entry == 0 || virtualAddress < 0 || level > HIGHEST_PAGE_LEVEL) {
      return new Fault.NotMapped(virtualAddress, name(level), entryAddress, entry);
    }
    if (level > 0 || X86Entry.isMarker(entry)) {
      // A huge page is swapped out in small pieces: what else its entry holds is a marker.
      return new Fault.NotPresent(virtualAddress, name(level), entryAddress, entry);
    }
    return new Fault.SwappedOut(virtualAddress, entry);
  }

  /**
   * PSE of a PGD or P4D is reserved; so are the address bits inside a large page but for PAT (SDM
   * vol. 3A, tables 4-15, 4-16, 4-18; 4.7, "RSVD flag").
   */
  private boolean hasReservedBits(long entry, int level, long pageSize) {
    if (level > HIGHEST_PAGE_LEVEL) {
      return (entry & X86Entry.PSE) != 0;
    }
    long inPage = pageSize == 0 ? 0 : pageSize - 1;
    return (entry & inPage & X86Entry.ADDRESS & ~X86Entry.PAT_LARGE & ~encryption) != 0;
  }

  /** The physical address in an entry that is present, or in CR3. */
  long address(long entry) {
    return entry & X86Entry.ADDRESS & ~encryption;
  }

  /** The top level is the PGD whatever the number of levels; with four, Linux folds the P4D. */
  private String name(int level) {
    return level == levels - 1 ? NAMES[NAMES.length - 1] : NAMES[level];
  }
}
