package org.vmcore.dumpreader.format.kdump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.UnsupportedDumpException;

/**
 * The main header and sub-header of a kdump-compressed file, checked against each other and the
 * file's size. Names are those of makedumpfile's diskdump_mod.h; fields that the file's version
 * does not have yet are 0.
 *
 * @param utsname sysname, nodename, release, version, machine, domainname, by these names
 * @param seconds {@code timestamp.tv_sec}
 * @param start_pfn the first page of a split dump's part, as its bit is numbered; else 0
 * @param end_pfn the page after its last; for a dump that is not split, {@code max_mapnr}
 * @param subHeader which of the sub-header's three layouts this file has
 */
public record KdumpHeader(
    int header_version,
    ByteOrder byteOrder,
    int wordBits,
    Map<String, String> utsname,
    long seconds,
    int status,
    int block_size,
    int sub_hdr_size,
    long bitmap_blocks,
    int nr_cpus,
    KdumpSubHeader subHeader,
    long phys_base,
    int dump_level,
    boolean split,
    long start_pfn,
    long end_pfn,
    long offset_vmcoreinfo,
    long size_vmcoreinfo,
    long offset_note,
    long size_note,
    long offset_eraseinfo,
    long size_eraseinfo,
    long max_mapnr) {
  /**
   * What stands in utsname where the writer knew no better: libkdumpfile, and so drgn, takes one
   * without a release, version or machine for garbage.
   */
  public static final String UNKNOWN = "(unknown)";

  public static final int NEWEST_VERSION = 6;

  /** DUMP_DH_COMPRESSED_INCOMPLETE: makedumpfile could not write all of it. */
  public static final int STATUS_INCOMPLETE = 0x8;

  /** DUMP_DH_EXCLUDED_VMEMMAP: page structures of excluded pages were excluded too. */
  static final int STATUS_EXCLUDED_VMEMMAP = 0x10;

  public static final List<String> UTSNAME_FIELDS =
      List.of("sysname", "nodename", "release", "version", "machine", "domainname");

  /** Bytes of each string of struct new_utsname (Linux include/uapi/linux/utsname.h). */
  public static final int UTSNAME_BYTES = 65;

  public static final int VERSION_OFFSET = 8;
  public static final int UTSNAME_OFFSET = 12;

  /** End of utsname; the struct timeval after it is aligned to a long, and has two of them. */
  private static final int UTSNAME_END = UTSNAME_OFFSET + 6 * UTSNAME_BYTES;

  /** Page sizes of Linux: 4 KiB to 256 KiB (hexagon, ppc44x). */
  private static final int SMALLEST_BLOCK = 4096;

  private static final int LARGEST_BLOCK = 256 << 10;

  private static final int PROBE_BYTES = 512;

  /** Where {@code timestamp} starts. */
  public static int timestampOffset(int wordBits) {
    int bytes = wordBits / 8;
    return (UTSNAME_END + bytes - 1) / bytes * bytes;
  }

  /** Where {@code status} starts; every field from there on has 32 bits. */
  public static int statusOffset(int wordBits) {
    return timestampOffset(wordBits) + 2 * wordBits / 8;
  }

  /**
   * Reads and checks both headers.
   *
   * @throws UnsupportedDumpException for a header version that did not exist yet
   * @throws DamagedDumpException for values that cannot be
   */
  static KdumpHeader read(DumpInput input) throws IOException, DumpException {
    ByteBuffer main = ByteBuffer.wrap(input.readFully(0, PROBE_BYTES, "disk_dump_header"));
    int version = byteOrder(input, main);
    int wordBits = wordBits(main);
    int at = statusOffset(wordBits);
    int status = main.getInt(at);
    int blockSize = main.getInt(at + 4);
    int subHeaderBlocks = main.getInt(at + 8);
    long bitmapBlocks = Integer.toUnsignedLong(main.getInt(at + 12));
    long maxMapnr = Integer.toUnsignedLong(main.getInt(at + 16));
    if (!isBlockSize(blockSize)) {
      throw new DamagedDumpException(
          input,
          at + 4,
          "block_size",
          "%d is not a power of two from %d to %d"
              .formatted(blockSize, SMALLEST_BLOCK, LARGEST_BLOCK));
    }
    if (subHeaderBlocks < 1 || (1L + subHeaderBlocks) * blockSize > input.size()) {
      throw new DamagedDumpException(
          input,
          at + 8,
          "sub_hdr_size",
          "%d blocks of %d bytes in a file of %d"
              .formatted(subHeaderBlocks, blockSize, input.size()));
    }

    ByteBuffer sub =
        ByteBuffer.wrap(input.readFully(blockSize, KdumpSubHeader.LONGEST, "kdump_sub_header"))
            .order(main.order());
    KdumpSubHeader layout = KdumpSubHeader.of(input, sub, wordBits, version, maxMapnr);
    if (version >= 6) {
      maxMapnr = sub.getLong(layout.maxMapnr64());
    }
    checkBitmap(input, at + 12, bitmapBlocks, blockSize, subHeaderBlocks, maxMapnr);

    boolean split = version >= 2 && sub.getInt(layout.split()) != 0;
    long startPfn = split ? layout.pfn(sub, version, layout.startPfn(), layout.startPfn64()) : 0;
    long endPfn = split ? layout.pfn(sub, version, layout.endPfn(), layout.endPfn64()) : maxMapnr;
    if (startPfn < 0 || startPfn > endPfn || endPfn > maxMapnr) {
      throw new DamagedDumpException(
          input,
          blockSize + layout.startPfn(),
          "start_pfn, end_pfn",
          "%#x to %#x of %#x pages".formatted(startPfn, endPfn, maxMapnr));
    }
    int timestamp = timestampOffset(wordBits);
    return new KdumpHeader(
        version,
        main.order(),
        wordBits,
        utsname(main),
        wordBits == 64 ? main.getLong(timestamp) : main.getInt(timestamp),
        status,
        blockSize,
        subHeaderBlocks,
        bitmapBlocks,
        main.getInt(at + 36),
        layout,
        layout.word(sub, 0),
        sub.getInt(layout.dumpLevel()),
        split,
        startPfn,
        endPfn,
        version >= 3 ? sub.getLong(layout.offsetVmcoreinfo()) : 0,
        version >= 3 ? layout.word(sub, layout.sizeVmcoreinfo()) : 0,
        version >= 4 ? sub.getLong(layout.offsetNote()) : 0,
        version >= 4 ? layout.word(sub, layout.sizeNote()) : 0,
        version >= 5 ? sub.getLong(layout.offsetEraseinfo()) : 0,
        version >= 5 ? layout.word(sub, layout.sizeEraseinfo()) : 0,
        maxMapnr);
  }

  /** Finds the byte order in which {@code header_version} is one that exists, and the version. */
  private static int byteOrder(DumpInput input, ByteBuffer main) throws UnsupportedDumpException {
    main.order(ByteOrder.LITTLE_ENDIAN);
    int little = main.getInt(VERSION_OFFSET);
    int big = Integer.reverseBytes(little);
    boolean isLittle = Integer.compareUnsigned(little, big) < 0;
    int version = isLittle ? little : big;
    if (version < 1 || version > NEWEST_VERSION) {
      throw new UnsupportedDumpException(
          input,
          "kdump-compressed file with header_version " + Integer.toUnsignedString(version),
          "versions 1 to " + NEWEST_VERSION + " are known");
    }
    if (!isLittle) {
      main.order(ByteOrder.BIG_ENDIAN);
    }
    return version;
  }

  /**
   * Tells the two layouts of the main header apart. Nothing names them; but the fields that one has
   * at the places of the other's block_size, sub_hdr_size and bitmap_blocks are a part of a time
   * stamp or counters that makedumpfile and QEMU leave 0.
   */
  private static int wordBits(ByteBuffer main) {
    for (int bits : new int[] {64, 32}) {
      int at = statusOffset(bits);
      if (isBlockSize(main.getInt(at + 4)) && main.getInt(at + 8) > 0 && main.getInt(at + 12) > 0) {
        return bits;
      }
    }
    return isBlockSize(main.getInt(statusOffset(32) + 4)) ? 32 : 64;
  }

  public static boolean isBlockSize(int size) {
    return size >= SMALLEST_BLOCK && size <= LARGEST_BLOCK && Integer.bitCount(size) == 1;
  }

  private static void checkBitmap(
      DumpInput input, int at, long bitmapBlocks, int blockSize, int subHeaderBlocks, long maxMapnr)
      throws DamagedDumpException {
    long bytes = bitmapBlocks * blockSize;
    if ((1L + subHeaderBlocks) * blockSize + bytes > input.size() || bytes > input.storedBytes()) {
      throw new DamagedDumpException(
          input,
          at,
          "bitmap_blocks",
          "%d blocks of %d bytes do not fit in the file of %d"
              .formatted(bitmapBlocks, blockSize, input.size()));
    }
    if (maxMapnr < 1 || maxMapnr > bytes * Byte.SIZE) {
      throw new DamagedDumpException(
          input,
          at + 4,
          "max_mapnr",
          "%s pages, but the bitmaps have %d bits"
              .formatted(Long.toUnsignedString(maxMapnr), bytes * Byte.SIZE));
    }
  }

  private static Map<String, String> utsname(ByteBuffer main) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (int i = 0; i < UTSNAME_FIELDS.size(); i++) {
      byte[] text = new byte[UTSNAME_BYTES];
      main.get(UTSNAME_OFFSET + i * UTSNAME_BYTES, text);
      int end = 0;
      while (end < text.length && text[end] != 0) {
        end++;
      }
      fields.put(UTSNAME_FIELDS.get(i), new String(text, 0, end, ISO_8859_1));
    }
    return fields;
  }

  /** A field of utsname, where the dump tool filled it in. */
  Optional<String> utsname(String field) {
    return Optional.ofNullable(utsname.get(field)).filter(text -> !text.isEmpty());
  }

  /** File offset of the first bitmap. */
  long bitmapOffset() {
    return (1L + sub_hdr_size) * block_size;
  }

  /**
   * Bytes of one bitmap. There are two of them, unless there is room for one only: then all pages
   * that exist were dumped (crash's diskdump.c, dump_is_partial).
   */
  long bitmapBytes() {
    return hasTwoBitmaps() ? bitmap_blocks / 2 * block_size : bitmap_blocks * block_size;
  }

  boolean hasTwoBitmaps() {
    return max_mapnr <= bitmap_blocks / 2 * block_size * Byte.SIZE;
  }

  /** File offset of the first page descriptor. */
  long descriptorOffset() {
    return bitmapOffset() + bitmap_blocks * block_size;
  }

  /**
   * The page frame number of bit 0. makedumpfile on 32-bit arm counts from the start of RAM, its
   * phys_base (ARCH_PFN_OFFSET in its makedumpfile.h); everything else counts from 0. Only arm has
   * the padded sub-header.
   */
  long firstPfn() {
    return subHeader == KdumpSubHeader.PADDED_32 ? phys_base / block_size : 0;
  }
}
