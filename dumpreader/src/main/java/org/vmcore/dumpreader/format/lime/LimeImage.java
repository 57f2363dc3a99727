package org.vmcore.dumpreader.format.lime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpFormat;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.page.FileExtents;
import org.vmcore.dumpreader.page.MemoryImage;

/**
 * Memory images by LiME, the Linux Memory Extractor, with {@code format=lime}; AVML writes the same
 * unless it is told to compress.
 *
 * <pre>
 * file   = (header, byte[e_addr - s_addr + 1])*
 * header = u32 magic 0x4c694d45 ("LiME" read as big-endian), u32 version 1,
 *          u64 s_addr, u64 e_addr (physical addresses of the first and the last byte), u8 reserved[8]
 * </pre>
 *
 * <p>Words are in the byte order of the machine, which the magic tells. Source: LiME's src/lime.h,
 * lime_mem_range_header, and AVML's src/image.rs. LiME's {@code format=raw} and {@code padded} have
 * no header: the second is raw memory from address 0 on.
 */
public final class LimeImage implements DumpFormat {
  private static final int MAGIC = 0x4c694d45;

  private static final int HEADER_SIZE = 32;

  /** Ranges are the "System RAM" lines of /proc/iomem: tens, at most hundreds. */
  private static final int MAX_RANGES = 1 << 16;

  @Override
  public String name() {
    return "LiME";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    byte[] start = new byte[HEADER_SIZE];
    if (input.read(0, start, 0, HEADER_SIZE) < Integer.BYTES) {
      return Optional.empty();
    }
    ByteBuffer header = ByteBuffer.wrap(start);
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      if (magic(header, order) == MAGIC) {
        return Optional.of(open(input, order, options));
      }
    }
    return Optional.empty();
  }

  private static int magic(ByteBuffer header, ByteOrder order) {
    return header.order(order).getInt(0);
  }

  private Dump open(DumpInput input, ByteOrder order, OpenOptions options)
      throws IOException, DumpException {
    FileExtents.Builder extents = new FileExtents.Builder();
    List<String> incomplete = new ArrayList<>();
    int ranges = 0;
    long at = 0;
    while (at < input.size()) {
      ByteBuffer header = ByteBuffer.allocate(HEADER_SIZE).order(order);
      int got = input.read(at, header.array(), 0, HEADER_SIZE);
      if (at == 0) {
        checkVersion(input, header);
      }
      if (got < HEADER_SIZE || header.getInt(0) != MAGIC || ranges == MAX_RANGES) {
        // What came before is good memory: it is worth more than an error.
        incomplete.add("What is at %#x is not the header of a range: it is lost.".formatted(at));
        break;
      }
      long first = header.getLong(8);
      long length = header.getLong(16) - first + 1;
      at += HEADER_SIZE;
      if (Long.compareUnsigned(header.getLong(16), first) < 0 || length == 0) {
        throw new DamagedDumpException(
            input,
            at - HEADER_SIZE + 16,
            "e_addr",
            "%#x for a range that starts at %#x".formatted(header.getLong(16), first));
      }
      ranges++;
      long inFile = input.size() - at;
      if (Long.compareUnsigned(length, inFile) > 0) {
        extents.present(first, inFile, at);
        extents.truncated(first + inFile, length - inFile);
        incomplete.add(
            "The file ends at %#x: %s bytes of its last range are lost."
                .formatted(input.size(), Long.toUnsignedString(length - inFile)));
        break;
      }
      extents.present(first, length, at);
      at += length;
    }
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("ranges", Integer.toString(ranges));
    DumpInfo info =
        MemoryImage.info(
            input,
            name(),
            "version 1",
            options.withMachine(order, options.wordBits()),
            fields,
            incomplete);
    return new MemoryImage(info, input, extents.build(), options);
  }

  private static void checkVersion(DumpInput input, ByteBuffer header) throws DumpException {
    int version = header.getInt(4);
    if (input.size() < HEADER_SIZE) {
      throw new DamagedDumpException(
          input, 0, "header", "needs 32 bytes, but the file ends at %#x".formatted(input.size()));
    }
    if (version != 1) {
      throw new UnsupportedDumpException(
          input,
          "LiME image of version " + Integer.toUnsignedString(version),
          "only version 1 is documented: take the image with LiME's format=lime");
    }
  }
}
