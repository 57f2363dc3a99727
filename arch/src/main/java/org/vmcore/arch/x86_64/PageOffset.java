package org.vmcore.arch.x86_64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.arch.paging.RadixPageTable;
import org.vmcore.arch.paging.Translation;
import org.vmcore.arch.x86.X86Entry;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * Finds where the kernel has mapped all of physical memory ({@code page_offset_base}), which
 * VMCOREINFO does not tell.
 */
final class PageOffset {
  /** Under KASLR too it is such a multiple (Linux arch/x86/mm/kaslr.c: PUD_SIZE). */
  private static final long ALIGNMENT = 1L << 30;

  private static final int ENTRIES = 512;

  /** Pages searched for list heads: the first 256 MiB hold thousands of them. */
  private static final int MAX_PAGES = 1 << 16;

  /** So many list heads that agree are no accident. */
  private static final int ENOUGH = 64;

  private PageOffset() {}

  /**
   * From page tables: the start of the first region of the kernel half that maps low memory in
   * order, and the root table itself.
   */
  static OptionalLong fromTables(PhysicalMemory physical, RadixPageTable tables) {
    for (int index = ENTRIES / 2; index < ENTRIES - 1; index++) {
      OptionalLong start = firstGigabyte(physical, tables, index);
      if (start.isPresent()
          && isLinear(tables, start.getAsLong())
          && tables.translate(start.getAsLong() + tables.root()) instanceof Translation.Mapped self
          && self.physicalAddress() == tables.root()) {
        return start;
      }
    }
    return OptionalLong.empty();
  }

  /** The first address, by whole gigabytes, that an entry of the root leads to a PMD for. */
  private static OptionalLong firstGigabyte(
      PhysicalMemory physical, RadixPageTable tables, int rootIndex) {
    X86Paging paging = (X86Paging) tables.format();
    int levels = paging.levels().size();
    long table = tables.root();
    long start = -1;
    for (int level = levels - 1; level >= 2; level--) {
      int index = level == levels - 1 ? rootIndex : firstPresent(physical, table);
      if (index < 0) {
        return OptionalLong.empty();
      }
      long entry = entry(physical, table, index);
      if ((entry & X86Entry.PRESENT) == 0) {
        return OptionalLong.empty();
      }
      start = start << 9 | index;
      table = paging.address(entry);
    }
    return OptionalLong.of(start << 30);
  }

  private static int firstPresent(PhysicalMemory physical, long table) {
    for (int index = 0; index < ENTRIES; index++) {
      if ((entry(physical, table, index) & X86Entry.PRESENT) != 0) {
        return index;
      }
    }
    return -1;
  }

  /** Whether low memory is mapped in order from an address on; some of its pages may not be. */
  private static boolean isLinear(RadixPageTable tables, long start) {
    for (long page : new long[] {0, 0x1000, 0x10_0000, 0x20_0000, 0x100_0000}) {
      if (tables.translate(start + page) instanceof Translation.Mapped mapped) {
        return mapped.physicalAddress() == page;
      }
    }
    return false;
  }

  /**
   * From the kernel's data: the head of an empty list points twice at itself (Linux
   * include/linux/list.h), by its address in the direct map, and every inode has some.
   */
  static OptionalLong fromListHeads(PhysicalMemory physical) {
    Map<Long, Integer> votes = new HashMap<>();
    byte[] bytes = new byte[(int) X86Entry.SMALL_PAGE];
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long page = physical.nextPresent(0);
    for (int looked = 0; page != PhysicalMemory.NONE && looked < MAX_PAGES; looked++) {
      page &= -X86Entry.SMALL_PAGE;
      int length = physical.read(page, bytes, 0, bytes.length).length();
      for (int at = 0; at + 2 * Long.BYTES <= length; at += Long.BYTES) {
        long next = words.getLong(at);
        long start = next - (page + at);
        if (next == words.getLong(at + Long.BYTES)
            && start < X86Facts.START_KERNEL_MAP
            && start % ALIGNMENT == 0
            && votes.merge(start, 1, Integer::sum) == ENOUGH) {
          return OptionalLong.of(start);
        }
      }
      page = physical.nextPresent(page + X86Entry.SMALL_PAGE);
    }
    return OptionalLong.empty();
  }

  /** An entry of a table, or 0 when it cannot be read. */
  static long entry(PhysicalMemory physical, long table, int index) {
    byte[] bytes = new byte[Long.BYTES];
    return physical.read(table + (long) index * Long.BYTES, bytes, 0, Long.BYTES).isComplete()
        ? ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong()
        : 0;
  }
}
