package org.vmcore.arch.riscv64;

import java.nio.ByteOrder;
import java.util.List;
import org.vmcore.arch.paging.FlagNames;
import org.vmcore.arch.paging.RadixPageTable.Format;
import org.vmcore.arch.paging.RadixPageTable.Level;
import org.vmcore.arch.paging.RadixPageTable.Meaning;
import org.vmcore.arch.riscv.RiscvEntry;

/**
 * Sv39, Sv48 and Sv57 (RISC-V Privileged Architecture, "Supervisor-Level ISA"; the entry's format
 * in "Sv39").
 *
 * <pre>
 *   63 .. 57 | 56..48 | 47..39 | 38..30 | 29..21 | 20..12 | 11..0
 *   copies   |  PGD   |  P4D   |  PUD   |  PMD   |  PTE   | in page     Sv57
 *   copies of bit 47  |  PGD   |  PUD   |  PMD   |  PTE   | in page     Sv48
 *   copies of bit 38           |  PGD   |  PMD   |  PTE   | in page     Sv39
 *
 *   63   62..61  60..59    58..54    53..10  9..8      7  6  5  4  3  2  1  0
 *   N    PBMT    software  reserved  PPN     software  D  A  G  U  X  W  R  V
 *                                            SPECIAL
 * </pre>
 *
 * <p>An entry of any level is a page when R, W or X is set. 64 KiB pages are runs of 16 PTEs with N
 * set (Svnapot).
 *
 * @param mode Sv39, Sv48 or Sv57
 * @param thead whether bits 63 to 59 are the memory type of T-Head's first cores, which came before
 *     Svpbmt (Linux arch/riscv/include/asm/pgtable-64.h, _PAGE_MTMASK_THEAD)
 */
record RiscvPaging(Mode mode, boolean thead) implements Format {
  static final long PAGE_SIZE = 4096;

  /** Physical addresses have 56 bits. */
  private static final long MAX_ADDRESS = (1L << 56) - 1;

  private static final long MAX_PPN = (1L << 44) - 1;

  private static final long RESERVED = 0x1fL << 54;
  private static final long NC = 1L << 61;
  private static final long IO = 1L << 62;
  private static final long PBMT = NC | IO;
  private static final long NAPOT = 1L << 63;

  /** PPN[3:0] of a page of 64 KiB, the only size that Svnapot defines. */
  private static final long NAPOT_64K = 8;

  private static final long NAPOT_SIZE = 64 << 10;

  /** The translation modes of satp.MODE, of which Linux calls the top level PGD in each. */
  enum Mode {
    SV39(8, "PGD", "PMD", "PTE"),
    SV48(9, "PGD", "PUD", "PMD", "PTE"),
    SV57(10, "PGD", "P4D", "PUD", "PMD", "PTE");

    private final int satp;

    @SuppressWarnings("ImmutableEnumChecker") // List.of makes no other.
    private final List<Level> levels;

    Mode(int satp, String... names) {
      this.satp = satp;
      Level[] all = new Level[names.length];
      for (int i = 0; i < all.length; i++) {
        all[i] = new Level(names[i], 12 + 9 * (all.length - 1 - i), 9);
      }
      this.levels = List.of(all);
    }

    /** Its value in satp.MODE. */
    int satp() {
      return satp;
    }

    /** Bits of a virtual address: 39, 48 or 57. */
    int addressBits() {
      return 12 + 9 * levels.size();
    }

    String text() {
      return "Sv" + addressBits();
    }
  }

  @Override
  public List<Level> levels() {
    return mode.levels;
  }

  @Override
  public int entryBytes() {
    return Long.BYTES;
  }

  /** Tables are little-endian whatever loads and stores are, unless SBE is set; Linux is. */
  @Override
  public ByteOrder byteOrder() {
    return ByteOrder.LITTLE_ENDIAN;
  }

  @Override
  public int addressBits() {
    return mode.addressBits();
  }

  @Override
  public boolean isCanonical(long virtualAddress) {
    int copies = 64 - addressBits();
    return virtualAddress << copies >> copies == virtualAddress;
  }

  @Override
  public boolean isKernel(long virtualAddress) {
    return virtualAddress < 0;
  }

  /** An address, or satp, which has MODE in bits 63 to 60 and the PPN in 43 to 0. */
  @Override
  public long root(long root) {
    return root >>> 60 == 0 ? root & -PAGE_SIZE & MAX_ADDRESS : (root & MAX_PPN) << 12;
  }

  @Override
  public Meaning meaning(Level level, long entryAddress, long entry, boolean kernel) {
    boolean leaf = (entry & RiscvEntry.LEAF) != 0;
    if ((entry & RiscvEntry.VALID) == 0) {
      return RiscvEntry.notValid(level, entry, kernel, page(level, entry));
    }
    if ((entry & RESERVED) != 0 || (!leaf && level.shift() == 12)) {
      return Meaning.Nothing.BAD;
    }
    if (!leaf) {
      // "Reserved for future standard use" in a pointer to a table.
      long reserved =
          RiscvEntry.USER | RiscvEntry.ACCESSED | RiscvEntry.DIRTY | (thead ? 0 : PBMT | NAPOT);
      return (entry & reserved) != 0 ? Meaning.Nothing.BAD : new Meaning.Table(address(entry));
    }
    boolean napot = !thead && (entry & NAPOT) != 0;
    boolean bad =
        (entry & (RiscvEntry.READ | RiscvEntry.WRITE)) == RiscvEntry.WRITE
            || (!thead && (entry & PBMT) == PBMT)
            || (napot && (level.shift() != 12 || (entry >>> 10 & 15) != NAPOT_64K))
            || (address(entry) & (level.reach() - 1)) != 0;
    return bad ? Meaning.Nothing.BAD : page(level, entry);
  }

  private Meaning page(Level level, long entry) {
    boolean napot = !thead && (entry & NAPOT) != 0 && level.shift() == 12;
    long size = napot ? NAPOT_SIZE : level.reach();
    return new Meaning.Page(address(entry) & -size, size);
  }

  private static long address(long entry) {
    return (entry >>> 10 & MAX_PPN) << 12;
  }

  /** By the names that crash's {@code vtop} prints, and those of the two extensions. */
  @Override
  public String flags(Level level, long entry, boolean page) {
    FlagNames names = RiscvEntry.flags(entry);
    if (thead) {
      return names.add(page, "THEAD_MT=%#x".formatted(entry >>> 59)).toString();
    }
    return names
        .add((entry & PBMT) == NC, "NC")
        .add((entry & PBMT) == IO, "IO")
        .add(NAPOT, "NAPOT")
        .toString();
  }
}
