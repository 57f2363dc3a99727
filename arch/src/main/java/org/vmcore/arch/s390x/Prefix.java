package org.vmcore.arch.s390x;

import org.vmcore.arch.paging.Translation;

/**
 * Prefixing: each CPU finds the 8 KiB of its own at real address 0, and what is at absolute 0 where
 * those 8 KiB are (z/Architecture Principles of Operation, chapter 3, "Prefixing"). Linux keeps a
 * CPU's {@code struct lowcore} there. Dumps hold absolute addresses.
 *
 * @param register the CPU's prefix register, a multiple of 8 KiB; 0 changes nothing
 */
record Prefix(long register) {
  static final Prefix NONE = new Prefix(0);

  static final long AREA = 0x2000;

  /** Bits of the register that are part of the address: 1 to 18 of 32. */
  private static final long ADDRESS = 0x7fff_e000L;

  Prefix {
    register &= ADDRESS;
  }

  /**
   * @param real a real address
   * @param length bytes from there on that are contiguous as real addresses
   * @return the absolute address, and how many bytes are contiguous there
   */
  Translation.Mapped absolute(long real, long length) {
    if (register == 0) {
      return new Translation.Mapped(real, length);
    }
    long inArea = real & (AREA - 1);
    long area = real - inArea;
    if (area == 0) {
      return new Translation.Mapped(register + inArea, Math.min(length, AREA - inArea));
    }
    if (area == register) {
      return new Translation.Mapped(inArea, Math.min(length, AREA - inArea));
    }
    long before = register - real;
    return new Translation.Mapped(real, before > 0 ? Math.min(length, before) : length);
  }
}
