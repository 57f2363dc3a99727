package org.vmcore.dumpreader.format.kdump;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.Vmcoreinfo;

/**
 * The layouts of {@code struct kdump_sub_header}: its longs and off_ts are where the compiler of
 * the machine that died put them. Each method gives a field's byte offset; the field's first
 * version is in the comment of {@link KdumpCompressed}.
 */
public enum KdumpSubHeader {
  /** 64-bit machines, and QEMU for i386: all longs have 64 bits. */
  LONG_64(8, 32, 96),

  /** i386, and QEMU for arm: 64-bit fields are aligned to 4 bytes, hence without padding. */
  PACKED_32(4, 20, 72),

  /** makedumpfile on arm: 64-bit fields are aligned to 8 bytes. */
  PADDED_32(4, 24, 88);

  /** Bytes of the longest layout; every sub-header has a block of at least 4096. */
  public static final int LONGEST = 104;

  private final int wordBytes;
  private final int offsetVmcoreinfo;
  private final int maxMapnr64;

  KdumpSubHeader(int wordBytes, int offsetVmcoreinfo, int maxMapnr64) {
    this.wordBytes = wordBytes;
    this.offsetVmcoreinfo = offsetVmcoreinfo;
    this.maxMapnr64 = maxMapnr64;
  }

  /** Finds the layout of a sub-header; on 32 bits, what its fields point at decides. */
  static KdumpSubHeader of(
      DumpInput input, ByteBuffer sub, int wordBits, int version, long maxMapnr)
      throws IOException {
    if (wordBits == 64) {
      return LONG_64;
    }
    // Up to version 2 the two layouts are one, and such files are i386's: makedumpfile came to arm
    // in 2010, with version 5.
    if (version < 3) {
      return PACKED_32;
    }
    boolean packed = PACKED_32.leadsToVmcoreinfo(input, sub);
    boolean padded = PADDED_32.leadsToVmcoreinfo(input, sub);
    if (packed != padded || version < 6) {
      return padded ? PADDED_32 : PACKED_32;
    }
    // A dump without VMCOREINFO: max_mapnr is in both headers.
    return sub.getLong(PACKED_32.maxMapnr64) != maxMapnr
            && sub.getLong(PADDED_32.maxMapnr64) == maxMapnr
        ? PADDED_32
        : PACKED_32;
  }

  private boolean leadsToVmcoreinfo(DumpInput input, ByteBuffer sub) throws IOException {
    byte[] found = new byte[Vmcoreinfo.FIRST_KEY.length()];
    long offset = sub.getLong(offsetVmcoreinfo);
    return offset > 0
        && input.read(offset, found, 0, found.length) == found.length
        && Vmcoreinfo.startsText(found);
  }

  public int dumpLevel() {
    return wordBytes;
  }

  int split() {
    return wordBytes + 4;
  }

  int startPfn() {
    return wordBytes + 8;
  }

  int endPfn() {
    return startPfn() + wordBytes;
  }

  public int offsetVmcoreinfo() {
    return offsetVmcoreinfo;
  }

  public int sizeVmcoreinfo() {
    return offsetVmcoreinfo + 8;
  }

  public int offsetNote() {
    return offsetVmcoreinfo + pairBytes();
  }

  public int sizeNote() {
    return offsetNote() + 8;
  }

  public int offsetEraseinfo() {
    return offsetNote() + pairBytes();
  }

  public int sizeEraseinfo() {
    return offsetEraseinfo() + 8;
  }

  int startPfn64() {
    return maxMapnr64 - 16;
  }

  int endPfn64() {
    return maxMapnr64 - 8;
  }

  public int maxMapnr64() {
    return maxMapnr64;
  }

  /** Bytes of an off_t and a long with its padding. */
  private int pairBytes() {
    return this == PACKED_32 ? 12 : 16;
  }

  /** Reads an unsigned long of the machine. */
  long word(ByteBuffer sub, int at) {
    return wordBytes == 8 ? sub.getLong(at) : Integer.toUnsignedLong(sub.getInt(at));
  }

  /** Reads a page number, which version 6 has with 64 bits in a field of its own. */
  long pfn(ByteBuffer sub, int version, int at, int at64) {
    return version >= 6 ? sub.getLong(at64) : word(sub, at);
  }

  /** Writes an unsigned long of the machine. */
  public void putWord(ByteBuffer sub, int at, long value) {
    if (wordBytes == 8) {
      sub.putLong(at, value);
    } else {
      sub.putInt(at, (int) value);
    }
  }
}
