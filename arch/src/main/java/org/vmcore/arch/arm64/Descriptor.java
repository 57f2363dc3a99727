package org.vmcore.arch.arm64;

/**
 * The bits of a translation table descriptor that all granules have in common (Arm ARM, DDI 0487,
 * D8.3 "Translation table descriptor formats"; Linux arch/arm64/include/asm/pgtable-hwdef.h and
 * pgtable-prot.h for what software keeps in them).
 *
 * <pre>
 *  63   62..61  60   59   58     57     56      55    54  53  52   51    50 49.........12 11 10 9..8 7..6  5 4..2 1..0
 *       APTable UXNT PXNT                                                   next table                            11   table
 *                         UFFD_WP DEVMAP SPECIAL DIRTY UXN PXN CONT DBM   GP address      nG AF SH   AP     NS Attr 11   page
 *                                                                                                                 01   block
 *                                                                                                                 x0   none
 * </pre>
 *
 * <p>The address may continue elsewhere: {@link Paging#address}.
 */
final class Descriptor {
  static final long VALID = 1;

  /** With {@link #VALID}: a table, or at the lowest level a page. Without: a block. */
  static final long TABLE = 1 << 1;

  /** {@code PTE_USER}, AP[1]. */
  static final long USER = 1 << 6;

  /** {@code PTE_RDONLY}, AP[2]. */
  static final long RDONLY = 1 << 7;

  static final long SHARED = 3 << 8;
  static final long AF = 1 << 10;

  /** {@code PTE_NG}: only for one process, or one of the two tables of page-table isolation. */
  static final long NG = 1 << 11;

  /** {@code PTE_GP}: guarded against branches to other than BTI instructions. */
  static final long GP = 1L << 50;

  /** {@code PTE_WRITE} is the hardware's DBM. */
  static final long WRITE = 1L << 51;

  /** One of a group of entries that map one piece of memory, which the TLB may keep as one. */
  static final long CONT = 1L << 52;

  static final long PXN = 1L << 53;
  static final long UXN = 1L << 54;
  static final long DIRTY = 1L << 55;
  static final long SPECIAL = 1L << 56;
  static final long DEVMAP = 1L << 57;

  /** {@code PTE_PROT_NONE}, in an entry that is not valid; until {@link #PRESENT_INVALID}. */
  static final long PROT_NONE = 1L << 58;

  /** {@code PMD_PRESENT_INVALID}, in an entry that is not valid; until {@link #PRESENT_INVALID}. */
  static final long SPLITTING = 1L << 59;

  /**
   * In an entry that is not valid: a page that nobody may use, since Linux commit 55564814a838
   * ("arm64/mm: Move PTE_PRESENT_INVALID to overlay PTE_NG").
   */
  static final long PRESENT_INVALID = NG;

  static final long PXN_TABLE = 1L << 59;
  static final long UXN_TABLE = 1L << 60;

  /** {@code nT} of a block: it may be split without breaking it first (FEAT_BBM). */
  static final long NT = 1 << 16;

  private static final long MAIR_INDEX = 7 << 2;

  /** Zero in swap entries of the newer format. */
  private static final long OLD_SWAP_ONLY = 3 << 4 | PRESENT_INVALID;

  /** Set in swap entries of the older format for swap areas from 8 up alone. */
  private static final long RARE_IN_OLD_SWAP = 3 << 6;

  private static final int SWAP_TYPES = 31;
  private static final int FIRST_MARKER = 23;

  private Descriptor() {}

  /**
   * Whether a PTE that is neither valid nor a page of no access is one of the kernel's markers and
   * not the place of a page in swap: swap areas' numbers from MAX_SWAPFILES up are such markers
   * (include/linux/swap.h), 23 when a kernel is configured for all of them.
   *
   * <p>The number is in bits 7 to 3, and since Linux commit 55564814a838 ("arm64/mm: Move
   * PTE_PRESENT_INVALID to overlay PTE_NG") in bits 10 to 6. Nothing tells which; where an entry
   * may be either it is taken for one of a low area's, which most are.
   */
  static boolean isMarker(long entry) {
    boolean newer = (entry & OLD_SWAP_ONLY) == 0 && (entry & RARE_IN_OLD_SWAP) != 0;
    return (entry >>> (newer ? 6 : 3) & SWAP_TYPES) >= FIRST_MARKER;
  }

  /** The names of the flags that are set, in the order of crash's {@code vtop}. */
  static String flags(long entry, boolean table) {
    StringBuilder flags = new StringBuilder(64);
    boolean valid = (entry & VALID) != 0;
    add(flags, valid, "VALID");
    if (table) {
      add(flags, true, "TABLE");
      add(flags, (entry & PXN_TABLE) != 0, "PXN_TABLE");
      add(flags, (entry & UXN_TABLE) != 0, "UXN_TABLE");
      return flags.toString();
    }
    add(flags, (entry & USER) != 0, "USER");
    add(flags, (entry & RDONLY) != 0, "RDONLY");
    add(flags, (entry & SHARED) != 0, "SHARED");
    add(flags, (entry & AF) != 0, "AF");
    add(flags, (entry & NG) != 0, "NG");
    add(flags, (entry & GP) != 0, "GP");
    add(flags, (entry & WRITE) != 0, "WRITE");
    add(flags, (entry & CONT) != 0, "CONT");
    add(flags, (entry & PXN) != 0, "PXN");
    add(flags, (entry & UXN) != 0, "UXN");
    add(flags, (entry & DIRTY) != 0, "DIRTY");
    add(flags, (entry & SPECIAL) != 0, "SPECIAL");
    add(flags, (entry & DEVMAP) != 0, "DEVMAP");
    add(flags, !valid && (entry & PROT_NONE) != 0, "PROT_NONE");
    long attributes = (entry & MAIR_INDEX) >>> 2;
    add(flags, attributes != 0, "ATTR" + attributes);
    return flags.toString();
  }

  private static void add(StringBuilder flags, boolean set, String name) {
    if (set) {
      flags.append(flags.length() == 0 ? "" : "|").append(name);
    }
  }
}
