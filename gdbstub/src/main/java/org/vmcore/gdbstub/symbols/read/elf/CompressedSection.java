package org.vmcore.gdbstub.symbols.read.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.unwrap.UnpackedPart;
import org.vmcore.dumpreader.unwrap.UnpackedPart.Compression;

/**
 * A section that is compressed: with SHF_COMPRESSED (gABI, "Compressed Sections"), or by its name
 * as GNU's tools did before (gas --compress-debug-sections=zlib-gnu).
 *
 * <pre>
 * ELF64:    u32 ch_type, u32 ch_reserved, u64 ch_size, u64 ch_addralign, compressed bytes
 * ELF32:    u32 ch_type, u32 ch_size, u32 ch_addralign, compressed bytes
 * .zdebug_: "ZLIB", u64 size (big-endian), compressed bytes
 * </pre>
 */
final class CompressedSection {
  private static final String GNU_PREFIX = ".zdebug_";

  /** "ZLIB" as a big-endian number. */
  private static final int GNU_MAGIC = 0x5a4c4942;

  private static final int GNU_HEAD = 12;

  private static final int HEAD_64 = 24;
  private static final int HEAD_32 = 12;

  private static final int ELFCOMPRESS_ZLIB = 1;
  private static final int ELFCOMPRESS_ZSTD = 2;

  private CompressedSection() {}

  static boolean isOne(Section section) {
    return section.isStored() && (section.isCompressed() || section.name().startsWith(GNU_PREFIX));
  }

  /**
   * @param packed as the file has it
   */
  static SectionData unpack(ObjectFile file, SectionData packed) throws IOException {
    if (packed.name().startsWith(GNU_PREFIX)) {
      ByteBuffer head = head(packed, GNU_HEAD, ByteOrder.BIG_ENDIAN);
      if (head.getInt(0) != GNU_MAGIC) {
        throw problem(packed, "does not begin with ZLIB");
      }
      return unpack(packed, GNU_HEAD, Compression.ZLIB, head.getLong(4));
    }
    boolean is64 = file.wordBytes() == Long.BYTES;
    ByteBuffer head = head(packed, is64 ? HEAD_64 : HEAD_32, file.order());
    Compression compression =
        switch (head.getInt(0)) {
          case ELFCOMPRESS_ZLIB -> Compression.ZLIB;
          case ELFCOMPRESS_ZSTD -> Compression.ZSTD;
          default ->
              throw problem(
                  packed,
                  "ch_type %d is no compression that is known; run `objcopy"
                          .formatted(head.getInt(0))
                      + " --decompress-debug-sections` on a copy");
        };
    long size = is64 ? head.getLong(8) : Integer.toUnsignedLong(head.getInt(4));
    return unpack(packed, head.limit(), compression, size);
  }

  private static ByteBuffer head(SectionData packed, int bytes, ByteOrder order)
      throws IOException {
    if (packed.size() < bytes) {
      throw problem(packed, "has no compression header");
    }
    return ByteBuffer.wrap(packed.read(0, bytes)).order(order);
  }

  private static SectionData unpack(
      SectionData packed, int head, Compression compression, long size) throws IOException {
    try {
      DumpInput input =
          UnpackedPart.open(
              packed.input(), packed.start() + head, packed.size() - head, compression, size);
      return new SectionData(input, packed.name(), 0, input.size());
    } catch (IOException e) {
      throw problem(packed, String.valueOf(e.getMessage()));
    }
  }

  private static ElfFormatException problem(SectionData packed, String problem) {
    return new ElfFormatException(packed.input(), packed.start(), packed.name(), problem);
  }
}
