package org.vmcore.arch.riscv;

import org.vmcore.arch.paging.FlagNames;
import org.vmcore.arch.paging.RadixPageTable.Level;
import org.vmcore.arch.paging.RadixPageTable.Meaning;

/** Bits 9 to 0 of a page-table entry, the same in all modes (RISC-V Privileged ISA, "Sv32"). */
public final class RiscvEntry {
  public static final long VALID = 1;
  public static final long READ = 1 << 1;
  public static final long WRITE = 1 << 2;
  public static final long EXEC = 1 << 3;

  /** An entry of any level is a page when one of them is set. */
  public static final long LEAF = READ | WRITE | EXEC;

  public static final long USER = 1 << 4;
  public static final long GLOBAL = 1 << 5;
  public static final long ACCESSED = 1 << 6;
  public static final long DIRTY = 1 << 7;
  private static final long SPECIAL = 1 << 8;
  private static final long SOFT = 1 << 9;

  /** What a CPU or the kernel may set on its own in a table's entry that maps a page. */
  public static final long CHANGING = ACCESSED | DIRTY;

  private RiscvEntry() {}

  /**
   * What the kernel keeps in an entry that is not valid (Linux arch/riscv/include/asm/pgtable.h).
   * It takes pages out of its own map by clearing V alone (arch/riscv/mm/pageattr.c,
   * set_direct_map_invalid_noflush). A user page of no access has R, which was the PROT_NONE bit
   * itself before that became G; a huge page that is being split keeps R, W and X (pmd_mkinvalid).
   * Swap entries have R clear in every layout so far, of which there were three: their type cannot
   * be told, so migration and poison markers show as swap.
   *
   * @param page what the entry maps if it maps a page
   */
  public static Meaning notValid(Level level, long entry, boolean kernel, Meaning page) {
    boolean small = level.shift() == 12;
    if ((entry & (small && !kernel ? READ : LEAF)) != 0) {
      return page;
    }
    if (entry == 0 || kernel) {
      return Meaning.Nothing.NOT_MAPPED;
    }
    return small ? new Meaning.Swapped(entry) : Meaning.Nothing.NOT_PRESENT;
  }

  /** By the names that crash's {@code vtop} prints. */
  public static FlagNames flags(long entry) {
    boolean valid = (entry & VALID) != 0;
    return new FlagNames(entry)
        .add(valid, "PRESENT")
        .add(READ, "READ")
        .add(WRITE, "WRITE")
        .add(EXEC, "EXEC")
        .add(USER, "USER")
        .add(GLOBAL, valid ? "GLOBAL" : "PROTNONE")
        .add(ACCESSED, "ACCESSED")
        .add(DIRTY, "DIRTY")
        .add(SPECIAL, "SPECIAL")
        .add(SOFT, "SOFT");
  }
}
