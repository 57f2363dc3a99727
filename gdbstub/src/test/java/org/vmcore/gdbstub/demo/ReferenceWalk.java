package org.vmcore.gdbstub.demo;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.vmcore.dumpreader.api.PhysicalMemory;

/**
 * A page walk done the plain way, straight from Intel SDM vol. 3A, 4.5, to check others with; but
 * for pages without access, which Linux alone knows.
 */
final class ReferenceWalk {
  static final long NOT_CANONICAL = -1;
  static final long NOT_PRESENT = -2;

  private final PhysicalMemory memory;
  private final long root;
  private final int levels;
  private final long encryption;

  /** The last entry read. */
  private long entry;

  ReferenceWalk(PhysicalMemory memory, long root, int levels, long encryption) {
    this.memory = memory;
    this.root = root;
    this.levels = levels;
    this.encryption = encryption;
  }

  long entry() {
    return entry;
  }

  /** The physical address, or one of the constants. */
  long translate(long va) {
    long upper = va >> (levels == 5 ? 56 : 47);
    if (upper != 0 && upper != -1) {
      return NOT_CANONICAL;
    }
    long addressBits = 0x000ffffffffff000L & ~encryption;
    long table = root;
    if (levels == 5) {
      entry = word(table + (va >>> 48 & 511) * 8);
      if ((entry & 1) == 0) {
        return NOT_PRESENT;
      }
      table = entry & addressBits;
    }
    entry = word(table + (va >>> 39 & 511) * 8);
    if ((entry & 1) == 0) {
      return NOT_PRESENT;
    }
    entry = word((entry & addressBits) + (va >>> 30 & 511) * 8);
    if ((entry & 1) == 0) {
      return NOT_PRESENT;
    }
    if ((entry & 0x80) != 0) {
      return (entry & addressBits & -(1L << 30)) | (va & ((1L << 30) - 1));
    }
    entry = word((entry & addressBits) + (va >>> 21 & 511) * 8);
    if ((entry & 1) == 0) {
      return NOT_PRESENT;
    }
    if ((entry & 0x80) != 0) {
      return (entry & addressBits & -(1L << 21)) | (va & ((1L << 21) - 1));
    }
    entry = word((entry & addressBits) + (va >>> 12 & 511) * 8);
    if ((entry & 0x101) == 0x100) {
      // PROT_NONE: Linux arch/x86/include/asm/pgtable-invert.h
      return (~entry & addressBits) | (va & 4095);
    }
    if ((entry & 1) == 0) {
      return NOT_PRESENT;
    }
    return (entry & addressBits) | (va & 4095);
  }

  /** The 64-bit word at a virtual address. */
  long load(long va) {
    return word(translate(va));
  }

  /** Bytes at a virtual address, across pages. */
  byte[] load(long va, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      if (!memory.read(translate(va + i), bytes, i, 1).isComplete()) {
        throw new AssertionError("nothing at %#x".formatted(va + i));
      }
    }
    return bytes;
  }

  private long word(long pa) {
    byte[] bytes = new byte[8];
    if (!memory.read(pa, bytes, 0, 8).isComplete()) {
      throw new AssertionError("no memory at physical %#x".formatted(pa));
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }
}
