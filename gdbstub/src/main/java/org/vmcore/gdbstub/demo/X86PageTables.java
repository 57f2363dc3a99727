package org.vmcore.gdbstub.demo;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.vmcore.dumpreader.write.SyntheticDump;

/**
 * Writes x86-64 page tables (Intel SDM vol. 3A, 4.5) into a dump that is being put together.
 *
 * <p>Tables are made as mappings need them. Nothing is checked that hardware would not check, so
 * that tests can write what they like.
 */
public final class X86PageTables {
  // Intel SDM vol. 3A, tables 4-15 to 4-20.
  public static final long PRESENT = 1;
  public static final long WRITABLE = 1 << 1;
  public static final long USER = 1 << 2;
  public static final long ACCESSED = 1 << 5;
  public static final long DIRTY = 1 << 6;

  /** In an entry above the last level: it maps a page. */
  public static final long PAGE_SIZE_BIT = 1 << 7;

  public static final long GLOBAL = 1 << 8;
  public static final long NO_EXECUTE = 1L << 63;

  /** What Linux gives a page that the kernel reads and writes. */
  public static final long KERNEL_DATA =
      PRESENT | WRITABLE | ACCESSED | DIRTY | GLOBAL | NO_EXECUTE;

  /** What Linux gives kernel code. */
  public static final long KERNEL_TEXT = PRESENT | ACCESSED | DIRTY | GLOBAL;

  /** What Linux gives a page that a program reads and writes. */
  public static final long USER_DATA = PRESENT | WRITABLE | USER | ACCESSED | DIRTY | NO_EXECUTE;

  /** What Linux gives an entry that leads to another table ({@code _PAGE_TABLE}). */
  private static final long TABLE = PRESENT | WRITABLE | USER | ACCESSED | DIRTY;

  private static final int ENTRIES = 512;

  private final SyntheticDump.Builder memory;
  private final LongSupplier newTable;
  private final int levels;
  private final long encryption;
  private final long root;
  private final Map<Long, long[]> tables;

  /** The sizes of a page, each mapped by one level of tables. */
  public enum PageSize {
    /** Mapped by a PTE. */
    SMALL_4K(0),
    /** Mapped by a PMD entry. */
    LARGE_2M(1),
    /** Mapped by a PUD entry. */
    HUGE_1G(2);

    private final int level;

    PageSize(int level) {
      this.level = level;
    }

    public long bytes() {
      return 1L << shift(level);
    }
  }

  private X86PageTables(
      SyntheticDump.Builder memory,
      LongSupplier newTable,
      int levels,
      long encryption,
      long root,
      Map<Long, long[]> tables) {
    this.memory = memory;
    this.newTable = newTable;
    this.levels = levels;
    this.encryption = encryption;
    this.root = root;
    this.tables = tables;
    table(root);
  }

  /**
   * @param memory where the tables are written to
   * @param newTable hands out physical addresses of unused pages
   * @param levels 4 or 5
   * @param encryption the bit that marks encrypted memory (AMD SME), set in every entry, or 0
   * @param root physical address of the top-level table
   */
  public static X86PageTables create(
      SyntheticDump.Builder memory, LongSupplier newTable, int levels, long encryption, long root) {
    if (levels != 4 && levels != 5) {
      throw new IllegalArgumentException("levels must be 4 or 5: " + levels);
    }
    return new X86PageTables(memory, newTable, levels, encryption, root, new HashMap<>());
  }

  /**
   * Other top-level tables of the same machine, with nothing in them.
   *
   * @param otherRoot physical address of the top-level table
   */
  public X86PageTables another(long otherRoot) {
    return new X86PageTables(memory, newTable, levels, encryption, otherRoot, tables);
  }

  /** Physical address of the top-level table. */
  public long root() {
    return root;
  }

  /** Maps one page. Addresses are taken as they are: round them to the page's size. */
  public X86PageTables map(long virtualAddress, long physicalAddress, PageSize size, long flags) {
    long large = size == PageSize.SMALL_4K ? 0 : PAGE_SIZE_BIT;
    return entry(virtualAddress, size, physicalAddress | flags | large | encryption);
  }

  /** Maps {@code length} bytes with pages of one size, contiguous in physical memory. */
  public X86PageTables mapRange(
      long virtualAddress, long physicalAddress, long length, PageSize size, long flags) {
    for (long done = 0; done < length; done += size.bytes()) {
      map(virtualAddress + done, physicalAddress + done, size, flags);
    }
    return this;
  }

  /** Writes the entry that would map a page of that size, whatever it is. */
  public X86PageTables entry(long virtualAddress, PageSize size, long entry) {
    long table = root;
    for (int level = levels - 1; level > size.level; level--) {
      int index = index(virtualAddress, level);
      long next = table(table)[index];
      if (next == 0) {
        next = newTable.getAsLong() | TABLE | encryption;
        set(table, index, next);
      }
      table = next & ~encryption & 0x000ffffffffff000L;
    }
    set(table, index(virtualAddress, size.level), entry);
    return this;
  }

  /**
   * Copies the entries of the top-level table that cover {@code first} to {@code last} from other
   * tables; what they lead to is shared from then on.
   *
   * @param extraFlags set in each entry copied
   */
  public X86PageTables share(X86PageTables from, long first, long last, long extraFlags) {
    for (int i = index(first, levels - 1); i <= index(last, levels - 1); i++) {
      long entry = from.table(from.root)[i];
      if (entry != 0) {
        set(root, i, entry | extraFlags);
      }
    }
    return this;
  }

  private long[] table(long physicalAddress) {
    return tables.computeIfAbsent(
        physicalAddress,
        at -> {
          memory.zeroPages(at, (long) ENTRIES * Long.BYTES);
          return new long[ENTRIES];
        });
  }

  private void set(long table, int index, long entry) {
    table(table)[index] = entry;
    memory.writeLong(table + (long) index * Long.BYTES, entry);
  }

  private static int index(long virtualAddress, int level) {
    return (int) (virtualAddress >>> shift(level)) & (ENTRIES - 1);
  }

  private static int shift(int level) {
    return 12 + 9 * level;
  }
}
