package org.vmcore.arch.arm64;

/**
 * How addresses are cut into table indices, and where descriptors keep addresses (Arm ARM, DDI
 * 0487, D8.2 and D8.3).
 *
 * <pre>
 *          granule       4 KiB          16 KiB         64 KiB
 *          index bits    9              11             13
 *   PTE    pages of      4 KiB          16 KiB         64 KiB
 *   level 1 blocks of    2 MiB          32 MiB         512 MiB
 *   level 2 blocks of    1 GiB          64 GiB (*)     4 TiB (*)
 *   level 3 blocks of    512 GiB (*)
 *
 *   (*) with 52-bit addresses only (FEAT_LPA2, FEAT_LPA)
 *
 *   address bits in a descriptor
 *   47..n                                              all
 *   49..48 in 49..48, 51..50 in 9..8                   4 and 16 KiB with 52-bit addresses (LPA2)
 *   51..48 in 15..12                                   64 KiB
 * </pre>
 *
 * Levels are counted from the PTE, 0, upwards; the manual's level is 3 minus ours.
 *
 * @param pageShift 12, 14 or 16: log2 of the granule
 * @param addressBits bits of a virtual address, such as 48: 64 - TCR_EL1.T1SZ, or more where the
 *     kernel made its tables for more bits than the machine had
 */
record Paging(int pageShift, int addressBits) {
  private static final int ENTRY_SHIFT = 3;

  private static final long BITS_47_TO_12 = 0x0000_ffff_ffff_f000L;
  private static final long BITS_49_TO_48 = 3L << 48;
  private static final long BITS_9_TO_8 = 3 << 8;
  private static final long BITS_15_TO_12 = 0xf000;

  /** The widest virtual address, which only machines have that have physical ones as wide. */
  static final int WIDEST = 52;

  Paging {
    if (pageShift != 12 && pageShift != 14 && pageShift != 16) {
      throw new IllegalArgumentException("no granule of 1 << " + pageShift);
    }
    if (addressBits <= pageShift || addressBits > WIDEST) {
      throw new IllegalArgumentException("no virtual addresses of %d bits".formatted(addressBits));
    }
  }

  /** Tables on the way to a page, 2 to 5. */
  int levels() {
    int index = pageShift - ENTRY_SHIFT;
    return (addressBits - pageShift + index - 1) / index;
  }

  /** The lowest address bit that a level's index begins with; log2 of what its entries map. */
  int shift(int level) {
    return pageShift + level * (pageShift - ENTRY_SHIFT);
  }

  /** Whether a level's entries may map memory themselves. */
  boolean hasBlocks(int level) {
    int highest = (pageShift == 12 ? 2 : 1) + (addressBits == WIDEST ? 1 : 0);
    return level > 0 && level <= highest;
  }

  /** All bits of a descriptor that may be of the address: no flags. */
  long addressMask() {
    return isLpa2() ? BITS_47_TO_12 | BITS_49_TO_48 | BITS_9_TO_8 : BITS_47_TO_12;
  }

  /** The physical address in a descriptor of a page or table. */
  long address(long entry) {
    if (pageShift == 16) {
      return (entry & BITS_47_TO_12 & ~BITS_15_TO_12) | (entry & BITS_15_TO_12) << 36;
    }
    long low = entry & BITS_47_TO_12 & -(1L << pageShift);
    return isLpa2() ? low | (entry & BITS_49_TO_48) | (entry & BITS_9_TO_8) << 42 : low;
  }

  /** Bits of a valid descriptor that must be zero, given what it maps: bytes, or 0 for a table. */
  long reserved(long blockSize) {
    long address = Math.max(blockSize, 1L << pageShift) - 1 & BITS_47_TO_12;
    if (pageShift == 16) {
      address &= ~BITS_15_TO_12;
    }
    if (blockSize > 1L << pageShift) {
      address &= ~Descriptor.NT;
    }
    return isLpa2() ? address : address | BITS_49_TO_48;
  }

  /**
   * The physical address of a root table in what TTBR0_EL1 holds, or in a plain address below 2^48:
   * an ASID in bits 63 to 48 and CnP in bit 0 are ignored. Where the machine may have wider
   * addresses, bits 5 to 2 are bits 51 to 48 (Arm ARM, D17.2, TTBR0_EL1).
   */
  long root(long ttbr) {
    if (pageShift == 16 || isLpa2()) {
      return (ttbr & 0x0000_ffff_ffff_ffc0L) | (ttbr & 0x3c) << 46;
    }
    return ttbr & 0x0000_ffff_ffff_fffeL;
  }

  private boolean isLpa2() {
    return addressBits == WIDEST && pageShift != 16;
  }
}
