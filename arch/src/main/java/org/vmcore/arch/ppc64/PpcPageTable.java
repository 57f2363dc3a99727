package org.vmcore.arch.ppc64;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
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
 * The page tables of Linux on Book3S, which the hardware walks in radix mode (Power ISA 3.0B, Book
 * III, 5.7.10). Any level may map a page: 2 MiB and 1 GiB with radix, 16 MiB and 16 GiB with hash.
 * Huge pages of 4 KiB kernels with hash, which have tables of their own ({@code hugepd}), are told
 * as bad entries.
 *
 * <pre>
 *   c...  the kernel: all memory, vmalloc, I/O, vmemmap       one table, swapper_pg_dir
 *   d..., f...  vmalloc and vmemmap with hash before Linux 5.2
 *   0...  the process
 * </pre>
 */
final class PpcPageTable implements PageTable {
  /** No user half: kernel addresses alone can be told. */
  static final long NO_USER = -1;

  /** The user half is physical memory itself, as for a CPU with address translation off. */
  static final long REAL_MODE = -2;

  private static final String[] NAMES = {"PTE", "PMD", "PUD", "PGD"};

  private static final int REGION_SHIFT = 60;
  private static final long IN_REGION = (1L << REGION_SHIFT) - 1;
  private static final int USER_REGION = 0x0;
  private static final int KERNEL_REGION = 0xc;
  private static final int VMALLOC_REGION = 0xd;
  private static final int VMEMMAP_REGION = 0xf;

  private final PhysicalMemory physical;
  private final PpcLayout layout;
  private final long kernelRoot;
  private final long userRoot;
  private final LinearMap linear;

  private PpcPageTable(
      PhysicalMemory physical, PpcLayout layout, long kernelRoot, long userRoot, LinearMap linear) {
    this.physical = physical;
    this.layout = layout;
    this.kernelRoot = kernelRoot;
    this.userRoot = userRoot;
    this.linear = linear;
  }

  /**
   * @param linear what the kernel has in no table with hash; with radix, what serves where a table
   *     is missing
   */
  static PpcPageTable kernel(
      PhysicalMemory physical, PpcLayout layout, long root, LinearMap linear) {
    return new PpcPageTable(physical, layout, root & IN_REGION, NO_USER, linear);
  }

  /**
   * The same kernel with another user half.
   *
   * @param root physical address, or the kernel's address of it ({@code mm->pgd})
   */
  PpcPageTable withUserRoot(long root) {
    return new PpcPageTable(physical, layout, kernelRoot, root & IN_REGION, linear);
  }

  PpcPageTable inRealMode() {
    return new PpcPageTable(physical, layout, kernelRoot, REAL_MODE, linear);
  }

  PpcPageTable withLinear(LinearMap other) {
    return new PpcPageTable(physical, layout, kernelRoot, userRoot, other);
  }

  long root() {
    return kernelRoot;
  }

  PpcLayout layout() {
    return layout;
  }

  @Override
  public Translation translate(long virtualAddress) {
    return walk(virtualAddress, null);
  }

  @Override
  public PageWalk walk(long virtualAddress) {
    List<PageWalk.Step> steps = new ArrayList<>();
    Translation result = walk(virtualAddress, steps);
    return new PageWalk(virtualAddress, steps, result);
  }

  private Translation walk(long virtualAddress, @Nullable List<PageWalk.Step> steps) {
    int region = (int) (virtualAddress >>> REGION_SHIFT);
    boolean canonical =
        region == USER_REGION
            || region == KERNEL_REGION
            || (!layout.radix() && (region == VMALLOC_REGION || region == VMEMMAP_REGION));
    if (canonical && region == USER_REGION && userRoot == REAL_MODE) {
      long page = 1L << layout.pageShift();
      return new Translation.Mapped(virtualAddress, page - (virtualAddress & (page - 1)));
    }
    if (region != USER_REGION && canonical && !layout.radix()) {
      Fault none = new Fault.NotMapped(virtualAddress, NAMES[NAMES.length - 1], kernelRoot, 0);
      if (linear.instead(none, "hash MMU", steps) instanceof Translation.Mapped mapped) {
        return mapped;
      }
    }
    if (!canonical || (virtualAddress & IN_REGION) >>> layout.addressBits() != 0) {
      return new Fault.NotCanonical(virtualAddress, layout.addressBits());
    }
    if (region == USER_REGION && userRoot == NO_USER) {
      return new Fault.UserAddress(virtualAddress);
    }
    return walk(virtualAddress, region == USER_REGION ? userRoot : kernelRoot, steps);
  }

  private Translation walk(long virtualAddress, long root, @Nullable List<PageWalk.Step> steps) {
    byte[] bytes = new byte[Long.BYTES];
    long table = root;
    int shift = layout.addressBits();
    int bits = layout.pgd();
    for (int level = NAMES.length - 1; ; level--) {
      shift -= bits;
      long index = virtualAddress >>> shift & ((1L << bits) - 1);
      long entryAddress = table + index * Long.BYTES;
      PhysicalRead read = physical.read(entryAddress, bytes, 0, Long.BYTES);
      PhysicalFault unreadable = read.fault();
      if (unreadable != null) {
        return linear.withoutTable(virtualAddress, NAMES[level], unreadable, steps);
      }
      long entry = ByteBuffer.wrap(bytes).getLong();
      boolean present = (entry & PpcEntry.PRESENT) != 0;
      boolean page = level == 0 || (entry & PpcEntry.PTE) != 0;
      boolean mapped = page && (present || (entry & PpcEntry.INVALID) != 0);
      long pageSize = mapped ? 1L << shift : 0;
      long target = entry & (page ? PpcEntry.PAGE_NUMBER & -(1L << shift) : PpcEntry.TABLE);
      if (steps != null) {
        String flags = page ? PpcEntry.pageFlags(entry) : PpcEntry.tableFlags(entry);
        boolean leads = mapped || present;
        steps.add(
            new PageWalk.Step(
                NAMES[level], entryAddress, entry, leads ? target : 0, flags, pageSize));
      }
      if (!present && !mapped) {
        return notPresent(virtualAddress, level, entryAddress, entry);
      }
      if (isBad(entry, level, page, shift)) {
        return new Fault.BadEntry(virtualAddress, NAMES[level], entryAddress, entry);
      }
      if (mapped) {
        long inPage = virtualAddress & (pageSize - 1);
        return new Translation.Mapped(target + inPage, pageSize - inPage);
      }
      table = target;
      bits = layout.radix() ? (int) (entry & PpcEntry.NEXT_SIZE) : layout.indexBits(level - 1);
    }
  }

  /**
   * Whether an entry that is present is none that Linux writes: with radix a table has a size that
   * fits and reserved bits are zero, the last level has L; with hash a table's address is alone.
   */
  private boolean isBad(long entry, int level, boolean page, int shift) {
    if (page) {
      return layout.radix() && (entry & PpcEntry.PTE) == 0;
    }
    if (!layout.radix()) {
      return (entry & ~PpcEntry.TABLE & ~PpcEntry.PRESENT) != 0;
    }
    long next = entry & PpcEntry.NEXT_SIZE;
    int left = shift - PpcLayout.SMALL_PAGE_SHIFT;
    boolean fits = next > 0 && next <= left - (level - 1);
    return !fits || (entry & PpcEntry.TABLE_RESERVED) != 0;
  }

  private Fault notPresent(long virtualAddress, int level, long entryAddress, long entry) {
    boolean empty = (entry & ~leftOver()) == 0;
    if (empty || (level > 0 && (entry & PpcEntry.PTE) == 0)) {
      return new Fault.NotMapped(virtualAddress, NAMES[level], entryAddress, entry);
    }
    return level == 0 && PpcEntry.isSwap(entry)
        ? new Fault.SwappedOut(virtualAddress, entry)
        : new Fault.NotPresent(virtualAddress, NAMES[level], entryAddress, entry);
  }

  /**
   * What may still be in an entry that was emptied: bits that the hardware writes with radix; with
   * hash, where the page's hash entry was (hash-64k.h, {@code _PAGE_HPTEFLAGS}).
   */
  private long leftOver() {
    if (layout.radix()) {
      return PpcEntry.ACCESSED | PpcEntry.DIRTY;
    }
    long belowPageNumber = (1L << layout.pageShift()) - (1L << PpcLayout.SMALL_PAGE_SHIFT);
    return PpcEntry.HASH_SLOT | belowPageNumber;
  }
}
