package org.vmcore.arch.x86;

import org.vmcore.arch.paging.FlagNames;

/**
 * The bits of a 64-bit page-table entry, of which 32-bit ones are the lower half (Intel SDM vol.
 * 3A, 4.5.4, tables 4-14 to 4-20; Linux arch/x86/include/asm/pgtable_types.h for what software
 * keeps in entries that are not present).
 *
 * <pre>
 *  63  62..59  58..52   51..............12   11..9     8        7      6     5    4    3    2    1   0
 *  NX  PKEY    ignored  physical address     ignored   GLOBAL   PSE    DIRTY A    PCD  PWT  USER RW  PRESENT
 *                       ......21/30 and PAT            PROTNONE PAT
 *                       in bit 12 of a page            if not   in a
 *                       that a PMD or PUD maps         PRESENT  PTE
 * </pre>
 */
public final class X86Entry {
  public static final long PRESENT = 1;
  public static final long RW = 1 << 1;
  public static final long USER = 1 << 2;
  public static final long PWT = 1 << 3;
  public static final long PCD = 1 << 4;
  public static final long ACCESSED = 1 << 5;
  public static final long DIRTY = 1 << 6;

  /** In a PUD or PMD: the entry maps a page. Reserved in a PGD or P4D (tables 4-14, 4-15). */
  public static final long PSE = 1 << 7;

  public static final long GLOBAL = 1 << 8;

  /** {@code _PAGE_PROTNONE}: in an entry that is not present, a page that user mode may not use. */
  public static final long PROTNONE = 1 << 8;

  /** The PAT bit of a PTE is where other levels have PSE; that of a large page is bit 12. */
  public static final long PAT = 1 << 7;

  public static final long PAT_LARGE = 1 << 12;
  public static final long NX = 1L << 63;

  /** Bits 51 to 12, the widest that the architecture allows (SDM vol. 3A, 4.1.4). */
  public static final long ADDRESS = 0x000f_ffff_ffff_f000L;

  public static final long SMALL_PAGE = 4096;

  /** The number of swap areas that a kernel configured for every marker has. */
  public static final int FIRST_MARKER = 23;

  private X86Entry() {}

  /**
   * The names of the flags that are set, as crash's {@code vtop} prints them.
   *
   * @param pageSize bytes when the entry maps a page, 0 when it points at a table
   * @param encryption the encryption bit, or 0 when memory is not encrypted
   */
  public static String flags(long entry, long pageSize, long encryption) {
    boolean present = (entry & PRESENT) != 0;
    boolean large = pageSize > SMALL_PAGE;
    return new FlagNames(entry)
        .add(PRESENT, "PRESENT")
        .add(RW, "RW")
        .add(USER, "USER")
        .add(PWT, "PWT")
        .add(PCD, "PCD")
        .add(ACCESSED, "ACCESSED")
        .add(DIRTY, "DIRTY")
        .add(PSE, pageSize == SMALL_PAGE ? "PAT" : "PSE")
        .add(GLOBAL, present ? "GLOBAL" : "PROTNONE")
        .add(large && (entry & PAT_LARGE) != 0, "PAT")
        .add(encryption, "ENCRYPTED")
        .add(NX, "NX")
        .toString();
  }

  /**
   * The physical address in an entry that is not present. Since Linux commit 6b28baca9b1f
   * ("x86/speculation/l1tf: Protect PROT_NONE PTEs against speculation") it is kept inverted; its
   * highest bit, which no machine's memory reaches, tells whether the kernel had that change.
   *
   * @param encryption the encryption bit, which is none of the address and not inverted, or 0
   */
  public static long addressWhenNotPresent(long entry, long encryption) {
    long bits = ADDRESS & ~encryption;
    boolean inverted = (entry & Long.highestOneBit(bits)) != 0;
    return (inverted ? ~entry : entry) & bits;
  }

  /**
   * Whether a PTE that is neither present nor a page of no access is one of the kernel's markers
   * and not the place of a page in swap.
   *
   * <p>The swap area's number is in bits 63 to 59 since Linux commit bcd11afa7ada
   * ("x86/speculation/l1tf: Change order of offset/type in swap entry"), and the numbers from
   * MAX_SWAPFILES up are such markers (include/linux/swap.h): 23 when a kernel is configured for
   * all of them. The offset in bits 58 to 9 is kept inverted since commit 2f22b4cd45b6
   * ("x86/speculation/l1tf: Protect swap entries against L1TF"), so bit 58 is set; older kernels'
   * markers cannot be told from swap.
   */
  public static boolean isMarker(long entry) {
    boolean inverted = (entry & 1L << 58) != 0;
    return inverted && (entry >>> 59) >= FIRST_MARKER;
  }
}
