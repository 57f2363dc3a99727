package org.vmcore.arch.arm64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.LinearMap;
import org.vmcore.arch.paging.PageTable;
import org.vmcore.arch.paging.PageWalk;
import org.vmcore.arch.paging.Translation;
import org.vmcore.dumpreader.api.PhysicalFault;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalRead;

/**
 * Stage 1 translation at EL1 and EL0 (Arm ARM, DDI 0487, D8.2): the root of addresses whose bit 55
 * is set is the kernel's, in TTBR1_EL1; that of others the process's, in TTBR0_EL1.
 *
 * <p>Levels have the names that Linux and crash give them: the root is the PGD, the lowest the PTE.
 * The top byte of an address is ignored, as Linux has the CPU do for processes, and for itself
 * where pointers carry tags (TCR_EL1.TBI0, TBI1; no dump tells the latter).
 */
final class Arm64PageTable implements PageTable {
  private static final String[] NAMES = {"PTE", "PMD", "PUD", "P4D", "PGD"};

  /** Bit 55 tells which of the two roots (Arm ARM, D8.2.3 "VA range selection"). */
  private static final int SELECT_BIT = 55;

  private final PhysicalMemory physical;
  private final ByteOrder order;
  private final Paging paging;
  private final long kernelRoot;
  private final OptionalLong userRoot;
  private final LinearMap linear;
  private final LinearMap image;

  private Arm64PageTable(
      PhysicalMemory physical,
      ByteOrder order,
      Paging paging,
      long kernelRoot,
      OptionalLong userRoot,
      LinearMap linear,
      LinearMap image) {
    this.physical = physical;
    this.order = order;
    this.paging = paging;
    this.kernelRoot = kernelRoot;
    this.userRoot = userRoot;
    this.linear = linear;
    this.image = image;
  }

  /**
   * The kernel's tables alone, which map no user addresses.
   *
   * @param order of the entries in memory: the kernel's own (SCTLR_EL1.EE)
   * @param root physical address of the kernel's root table
   */
  static Arm64PageTable kernel(PhysicalMemory physical, ByteOrder order, Paging paging, long root) {
    return new Arm64PageTable(
        physical, order, paging, root, OptionalLong.empty(), LinearMap.NONE, LinearMap.NONE);
  }

  /** The same kernel with a process's root, as {@link Paging#root} takes it. */
  Arm64PageTable withUserRoot(long ttbr) {
    OptionalLong root = OptionalLong.of(paging.root(ttbr));
    return new Arm64PageTable(physical, order, paging, kernelRoot, root, linear, image);
  }

  /**
   * The same tables, with what serves kernel addresses that they do not.
   *
   * @param missing serves where a table is missing
   * @param unmapped serves where an entry is empty, too: the kernel image, whose .init memory the
   *     kernel unmaps when it frees it (Linux arch/arm64/mm/init.c, free_initmem)
   */
  Arm64PageTable withLinear(LinearMap missing, LinearMap unmapped) {
    return new Arm64PageTable(physical, order, paging, kernelRoot, userRoot, missing, unmapped);
  }

  ByteOrder order() {
    return order;
  }

  @Override
  public Translation translate(long virtualAddress) {
    return walk(virtualAddress, null);
  }

  @Override
  public Optional<PageWalk.Step> lastEntry(long entry) {
    boolean page = (entry & Descriptor.VALID) != 0;
    String flags = page ? Descriptor.flags(entry & ~paging.addressMask(), false) : "";
    long size = page ? 1L << paging.shift(0) : 0;
    return Optional.of(
        new PageWalk.Step(name(0), 0, entry, page ? paging.address(entry) : 0, flags, size));
  }

  @Override
  public PageWalk walk(long virtualAddress) {
    List<PageWalk.Step> steps = new ArrayList<>(paging.levels() + 1);
    Translation result = walk(virtualAddress, steps);
    return new PageWalk(virtualAddress, steps, result);
  }

  private Translation walk(long virtualAddress, @Nullable List<PageWalk.Step> steps) {
    boolean kernel = isKernel(virtualAddress);
    long untagged = virtualAddress << (63 - SELECT_BIT) >> (63 - SELECT_BIT);
    if (untagged >> paging.addressBits() != (kernel ? -1 : 0)) {
      return new Fault.NotCanonical(virtualAddress, paging.addressBits());
    }
    if (!kernel && userRoot.isEmpty()) {
      return new Fault.UserAddress(virtualAddress);
    }
    long table = kernel ? kernelRoot : userRoot.getAsLong();
    byte[] bytes = new byte[Long.BYTES];
    for (int level = paging.levels() - 1; ; level--) {
      long entryAddress = table + paging.index(virtualAddress, level) * Long.BYTES;
      PhysicalRead read = physical.read(entryAddress, bytes, 0, Long.BYTES);
      PhysicalFault unreadable = read.fault();
      if (unreadable != null) {
        // Nothing but the tables tells where a process's memory is.
        LinearMap rest = kernel ? linear : LinearMap.NONE;
        return rest.withoutTable(virtualAddress, name(level), unreadable, steps);
      }
      long entry = ByteBuffer.wrap(bytes).order(order).getLong();
      boolean valid = (entry & Descriptor.VALID) != 0;
      boolean isTable = valid && level > 0 && (entry & Descriptor.TABLE) != 0;
      boolean isPage = valid ? !isTable : isInaccessiblePage(entry, level, kernel);
      long pageSize = isPage ? 1L << paging.shift(level) : 0;
      long target = paging.address(entry);
      if (steps != null) {
        steps.add(
            new PageWalk.Step(
                name(level),
                entryAddress,
                entry,
                isTable || isPage ? target & -Math.max(pageSize, 1) : 0,
                isTable || isPage ? Descriptor.flags(entry & ~paging.addressMask(), isTable) : "",
                pageSize));
      }
      if (!isTable && !isPage) {
        Fault fault = notPresent(virtualAddress, level, entryAddress, entry);
        boolean unmapped = kernel && entry == 0;
        return unmapped ? image.instead(fault, name(level) + " empty", steps) : fault;
      }
      if (valid && isMalformed(entry, level, pageSize)) {
        return new Fault.BadEntry(virtualAddress, name(level), entryAddress, entry);
      }
      if (isPage) {
        long inPage = virtualAddress & (pageSize - 1);
        return new Translation.Mapped((target & -pageSize) + inPage, pageSize - inPage);
      }
      table = target;
    }
  }

  private static boolean isKernel(long virtualAddress) {
    return (virtualAddress >>> SELECT_BIT & 1) != 0;
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

  private Fault notPresent(long virtualAddress, int level, long entryAddress, long entry) {
    if (entry == 0 || isKernel(virtualAddress) || (level > 0 && !paging.hasBlocks(level))) {
      return new Fault.NotMapped(virtualAddress, name(level), entryAddress, entry);
    }
    if (level > 0 || Descriptor.isMarker(entry)) {
      // A huge page is swapped out in small pieces: what else its entry holds is a marker.
      return new Fault.NotPresent(virtualAddress, name(level), entryAddress, entry);
    }
    return new Fault.SwappedOut(virtualAddress, entry);
  }

  /** Whether a valid entry is of a type that its level has not, or has bits that must be zero. */
  private boolean isMalformed(long entry, int level, long pageSize) {
    boolean block = pageSize > 0 && (entry & Descriptor.TABLE) == 0;
    return (block && !paging.hasBlocks(level)) || (entry & paging.reserved(pageSize)) != 0;
  }

  /** The top level is the PGD whatever the number of levels: Linux folds those it has not. */
  private String name(int level) {
    return level == paging.levels() - 1 ? NAMES[NAMES.length - 1] : NAMES[level];
  }
}
