package org.vmcore.gdbstub.symbols.elf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.vmcore.dumpreader.BytesInput;

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
  private static final byte[] GNU_MAGIC = "ZLIB".getBytes(ISO_8859_1);

  private static final int ELFCOMPRESS_ZLIB = 1;

  private CompressedSection() {}

  static boolean isOne(Section section) {
    return section.isStored() && (section.isCompressed() || section.name().startsWith(GNU_PREFIX));
  }

  /**
   * @param packed as the file has it
   */
  static SectionData unpack(ObjectFile file, SectionData packed) throws IOException {
    byte[] in = packed.readAll();
    ByteBuffer header = ByteBuffer.wrap(in).order(file.order());
    boolean is64 = file.wordBytes() == Long.BYTES;
    int head;
    int type;
    long size;
    if (packed.name().startsWith(GNU_PREFIX)) {
      head = 12;
      if (in.length < head || !Arrays.equals(in, 0, GNU_MAGIC.length, GNU_MAGIC, 0, 4)) {
        throw problem(packed, "does not begin with ZLIB");
      }
      type = ELFCOMPRESS_ZLIB;
      size = ByteBuffer.wrap(in).getLong(4);
    } else {
      head = is64 ? 24 : 12;
      if (in.length < head) {
        throw problem(packed, "has no compression header");
      }
      type = header.getInt(0);
      size = is64 ? header.getLong(8) : Integer.toUnsignedLong(header.getInt(4));
    }
    // Deflate packs at most about a thousand to one.
    if (type != ELFCOMPRESS_ZLIB
        || size < 0
        || size > Math.min(in.length * 1100L, Integer.MAX_VALUE - 8)) {
      throw problem(
          packed,
          "compression of type %d to %d bytes is not supported; run `objcopy".formatted(type, size)
              + " --decompress-debug-sections` on a copy");
    }
    byte[] out = new byte[(int) size];
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(header.position(head));
      int done = 0;
      while (done < out.length) {
        int got = inflater.inflate(out, done, out.length - done);
        if (got == 0) {
          throw problem(packed, "its compressed data is cut short");
        }
        done += got;
      }
      return new SectionData(new BytesInput(file.name(), out), packed.name(), 0, out.length);
    } catch (DataFormatException e) {
      throw problem(packed, "its compressed data is corrupt");
    } finally {
      inflater.end();
    }
  }

  private static ElfFormatException problem(SectionData packed, String problem) {
    return new ElfFormatException(packed.input(), packed.start(), packed.name(), problem);
  }
}
