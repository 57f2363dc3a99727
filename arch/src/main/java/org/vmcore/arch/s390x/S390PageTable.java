package org.vmcore.arch.s390x;

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
 * Dynamic address translation (z/Architecture Principles of Operation, SA22-7832, chapter 3).
 *
 * <pre>
 *   63 .. 53 | 52 .. 42 | 41 .. 31 | 30 .. 20 | 19..12 | 11..0
 *     PGD    |   P4D    |   PUD    |   PMD    |  PTE   | in page
 *   region 1   region 2   region 3   segment    page     tables, as the manual calls them
 *                           2 GiB      1 MiB    4 KiB    frames
 * </pre>
 *
 * <p>The ASCE says at which of them a walk starts, and so how many bits addresses have. Kernel and
 * processes have whole address spaces of their own: the same address means different things in
 * each. Levels have Linux's names by what their entries map (arch/s390/include/asm/pgtable.h:
 * {@code P4D_SHIFT} is {@code _REGION2_SHIFT}), whatever level the walk starts at.
 */
final class S390PageTable implements PageTable {
  private static final String[] NAMES = {"PTE", "PMD", "PUD", "P4D", "PGD"};

  private static final int PAGE_SHIFT = 12;
  private static final int SEGMENT_SHIFT = 20;
  private static final int TABLE_BITS = 11;

  /** An index's quarter is what TF and TL are compared with. */
  private static final int QUARTER_BITS = 2;

  /** Levels, from 0 for the PTE, that may map a frame: PTE, PMD and PUD. */
  private static final int HIGHEST_FRAME_LEVEL = 2;

  private final PhysicalMemory physical;
  private final long asce;
  private final Prefix prefix;
  private final LinearMap linear;

  /**
   * @param asce where the tables are, of which type and how long; only its type and length are
   *     taken from the table itself when it is a bare address
   * @param prefix of the CPU that looks
   * @param linear what serves addresses whose tables are missing
   */
  S390PageTable(PhysicalMemory physical, long asce, Prefix prefix, LinearMap linear) {
    this.physical = physical;
    this.asce = (asce & ~S390Entry.ORIGIN) == 0 ? designate(physical, asce) : asce;
    this.prefix = prefix;
    this.linear = linear;
  }

  /**
   * The ASCE of a table of which only the address is known, such as {@code mm->pgd}: Linux writes
   * the type into every entry, used or not, and never uses an ASCE without type and length bits
   * (arch/s390/include/asm/pgtable.h, pgd_offset_raw).
   */
  private static long designate(PhysicalMemory physical, long origin) {
    byte[] bytes = new byte[Long.BYTES];
    PhysicalRead read = physical.read(origin, bytes, 0, bytes.length);
    long type = read.isComplete() ? ByteBuffer.wrap(bytes).getLong() & S390Entry.TYPE : 0;
    return origin | type | S390Entry.LENGTH;
  }

  S390PageTable withPrefix(Prefix other) {
    return new S390PageTable(physical, asce, other, linear);
  }

  S390PageTable withLinear(LinearMap other) {
    return new S390PageTable(physical, asce, prefix, other);
  }

  long asce() {
    return asce;
  }

  long root() {
    return asce & S390Entry.ORIGIN;
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
    if ((asce & S390Entry.REAL_SPACE) != 0) {
      long left = (1L << PAGE_SHIFT) - (virtualAddress & ((1L << PAGE_SHIFT) - 1));
      return prefix.absolute(virtualAddress, left);
    }
    int highest = type(asce) + 1;
    int bits = shift(highest) + TABLE_BITS;
    if (bits < Long.SIZE && virtualAddress >>> bits != 0) {
      return new Fault.NotCanonical(virtualAddress, bits);
    }
    byte[] bytes = new byte[Long.BYTES];
    String designator = "ASCE";
    long designatorAddress = 0;
    long designation = asce;
    long firstQuarter = 0;
    for (int level = highest; ; level--) {
      long table = designation & (level == 0 ? S390Entry.PAGE_TABLE_ORIGIN : S390Entry.ORIGIN);
      long index = index(virtualAddress, level);
      if (level > 0) {
        long quarter = index >>> (TABLE_BITS - QUARTER_BITS);
        if (quarter < firstQuarter || quarter > (designation & S390Entry.LENGTH)) {
          return new Fault.NotMapped(virtualAddress, designator, designatorAddress, designation);
        }
      }
      long entryAddress = table + index * Long.BYTES;
      PhysicalRead read = physical.read(entryAddress, bytes, 0, Long.BYTES);
      PhysicalFault unreadable = read.fault();
      if (unreadable != null) {
        return orLinear(
            new Fault.TableUnreadable(virtualAddress, NAMES[level], unreadable),
            NAMES[level] + " unreadable",
            steps);
      }
      long entry = ByteBuffer.wrap(bytes).getLong();
      long frameSize = frameSize(entry, level);
      if (steps != null) {
        steps.add(step(level, entryAddress, entry, frameSize));
      }
      Fault fault = check(virtualAddress, level, entryAddress, entry, frameSize);
      if (fault != null) {
        return entry == 0 ? orLinear(fault, NAMES[level] + " overwritten", steps) : fault;
      }
      if (frameSize > 0) {
        long inFrame = virtualAddress & (frameSize - 1);
        return prefix.absolute((entry & -frameSize) + inFrame, frameSize - inFrame);
      }
      designator = NAMES[level];
      designatorAddress = entryAddress;
      designation = entry;
      firstQuarter = (entry & S390Entry.OFFSET) >>> S390Entry.OFFSET_SHIFT;
    }
  }

  private static int type(long entry) {
    return (int) ((entry & S390Entry.TYPE) >>> S390Entry.TYPE_SHIFT);
  }

  private static int shift(int level) {
    return level == 0 ? PAGE_SHIFT : SEGMENT_SHIFT + (level - 1) * TABLE_BITS;
  }

  private static long index(long virtualAddress, int level) {
    int bits = level == 0 ? SEGMENT_SHIFT - PAGE_SHIFT : TABLE_BITS;
    return virtualAddress >>> shift(level) & ((1L << bits) - 1);
  }

  /** Bytes that the entry maps, or 0 when it designates a table or nothing. */
  private static long frameSize(long entry, int level) {
    if (level == 0) {
      return 1L << PAGE_SHIFT;
    }
    return level <= HIGHEST_FRAME_LEVEL && (entry & S390Entry.LARGE) != 0 && !isMarker(entry, level)
        ? 1L << shift(level)
        : 0;
  }

  /**
   * Whether an entry is one of the kernel's markers for a large frame: a page that migrates, or one
   * that the hardware lost ({@code mk_swap_rste}).
   */
  private static boolean isMarker(long entry, int level) {
    long all = S390Entry.INVALID | S390Entry.COMMON;
    return level > 0
        && level <= HIGHEST_FRAME_LEVEL
        && (entry & (all | S390Entry.LARGE_PRESENT)) == all;
  }

  private static PageWalk.Step step(int level, long entryAddress, long entry, long frameSize) {
    long origin = level == 1 ? S390Entry.PAGE_TABLE_ORIGIN : S390Entry.ORIGIN;
    String flags =
        level == 0
            ? S390Entry.pageFlags(entry)
            : S390Entry.tableFlags(entry, level > 1, frameSize > 0);
    return new PageWalk.Step(
        NAMES[level],
        entryAddress,
        entry,
        frameSize > 0 ? entry & -frameSize : entry & origin,
        flags,
        frameSize);
  }

  /**
   * Why the walk cannot go on from an entry, or null. Linux marks frames that it wants to hear of
   * invalid: of a process that may not use them, or to see whether it does. Their addresses stay.
   *
   * <p>An entry that is zero would be a valid one, but Linux writes none: it marks empty entries
   * invalid. The table was overwritten; so was one of the kernel image in a real kdump.
   */
  private static @Nullable Fault check(
      long virtualAddress, int level, long entryAddress, long entry, long frameSize) {
    String name = NAMES[level];
    if (entry == 0) {
      return new Fault.BadEntry(virtualAddress, name, entryAddress, entry);
    }
    if (level == 0) {
      return checkPage(virtualAddress, entryAddress, entry);
    }
    if (isMarker(entry, level)) {
      return new Fault.NotPresent(virtualAddress, name, entryAddress, entry);
    }
    if ((entry & S390Entry.INVALID) != 0 && frameSize == 0) {
      return new Fault.NotMapped(virtualAddress, name, entryAddress, entry);
    }
    return type(entry) != level - 1
        ? new Fault.BadEntry(virtualAddress, name, entryAddress, entry)
        : null;
  }

  private static @Nullable Fault checkPage(long virtualAddress, long entryAddress, long entry) {
    String name = NAMES[0];
    if ((entry & S390Entry.PAGE_INVALID) == 0) {
      return (entry & S390Entry.PAGE_RESERVED) != 0
          ? new Fault.BadEntry(virtualAddress, name, entryAddress, entry)
          : null;
    }
    if ((entry & S390Entry.PAGE_PRESENT) != 0) {
      return null;
    }
    if ((entry & S390Entry.PROTECT) == 0) {
      return new Fault.NotMapped(virtualAddress, name, entryAddress, entry);
    }
    return S390Entry.isSwap(entry)
        ? new Fault.SwappedOut(virtualAddress, entry)
        : new Fault.NotPresent(virtualAddress, name, entryAddress, entry);
  }

  private Translation orLinear(Fault fault, String missing, @Nullable List<PageWalk.Step> steps) {
    return linear.instead(fault, missing, steps) instanceof Translation.Mapped mapped
        ? prefix.absolute(mapped.physicalAddress(), mapped.length())
        : fault;
  }
}
