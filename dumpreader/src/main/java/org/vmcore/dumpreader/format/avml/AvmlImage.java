package org.vmcore.dumpreader.format.avml;

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
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.UnsupportedDumpException;
import org.vmcore.dumpreader.page.FileExtents;
import org.vmcore.dumpreader.page.MemoryImage;

/**
 * Memory images by AVML, Microsoft's Acquire Volatile Memory for Linux, with {@code --compress};
 * without, it writes what LiME does.
 *
 * <pre>
 * file   = (header, chunk*, u64 bytes of all its chunks)*
 * header = "AVML", u32 version 2, u64 start, u64 last (physical addresses), u64 0
 * chunk  = u8 type, u24 length, byte[length]; what those of one header unpack to is as long as it says
 *            ff  "sNaPpY": a stream begins
 *            00  u32 checksum, snappy data    01  u32 checksum, data as it is
 *            80..fe  to be skipped
 * </pre>
 *
 * <p>All little-endian. Sources: AVML's src/image.rs and google/snappy's framing_format.txt. AVML
 * splits ranges into pieces of 16 MiB and leaves those out that are all zeros: what is missing from
 * the image may be either that or no memory. Opening reads the heads of all chunks, a few bytes of
 * each 64 KiB of memory.
 */
public final class AvmlImage implements DumpFormat {
  private static final String MAGIC = "AVML";
  private static final int VERSION = 2;
  private static final int VERSION_AT = 4;
  private static final int START_AT = 8;
  private static final int LAST_AT = 16;
  private static final int HEADER_BYTES = 32;

  /** Behind the chunks of a range. */
  private static final int TRAILER_BYTES = 8;

  private static final int CHUNK_HEAD = 4;

  /** Bytes in which snappy data says how long it is unpacked, of at most 64 KiB. */
  private static final int PREAMBLE = 3;

  private static final int COMPRESSED = 0x00;
  private static final int PLAIN = 0x01;

  /** Types from here on are no data. */
  private static final int FIRST_SKIPPED = 0x80;

  /** Pieces of 16 MiB of the largest machines. */
  private static final int MAX_RANGES = 1 << 24;

  @Override
  public String name() {
    return "AVML";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    return input.startsWith(MAGIC)
        ? Optional.of(new Reader(input).read(options, name()))
        : Optional.empty();
  }

  private static final class Reader {
    private final DumpInput input;
    private final SnappyChunks chunks;
    private final FileExtents.Builder extents = new FileExtents.Builder();
    private final List<String> incomplete = new ArrayList<>();

    Reader(DumpInput input) {
      this.input = input;
      this.chunks = new SnappyChunks(input);
    }

    Dump read(OpenOptions options, String name) throws IOException, DumpException {
      int ranges = 0;
      long at = 0;
      while (at >= 0 && at < input.size()) {
        ByteBuffer header = head(at, HEADER_BYTES);
        if (at == 0 && header.limit() == HEADER_BYTES && header.getInt(VERSION_AT) != VERSION) {
          throw new UnsupportedDumpException(
              input,
              "AVML image of version " + Integer.toUnsignedString(header.getInt(VERSION_AT)),
              "version 2 is known: convert it with `avml-convert`");
        }
        if (!isHeader(header) || ranges == MAX_RANGES) {
          // What came before is good memory: it is worth more than an error.
          lost("What is at %#x is not the header of a range: it is lost.", at);
          break;
        }
        ranges++;
        at = range(header, at);
      }
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put("ranges", Integer.toString(ranges));
      return new MemoryImage(
          MemoryImage.info(
              input,
              name,
              "version 2, snappy",
              options.withMachine(ByteOrder.LITTLE_ENDIAN, options.wordBits()),
              fields,
              incomplete),
          chunks,
          extents.build(),
          options);
    }

    private ByteBuffer head(long at, int bytes) throws IOException {
      byte[] head = new byte[bytes];
      int got = input.read(at, head, 0, bytes);
      return ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).limit(got);
    }

    private void lost(String sentence, long at) {
      incomplete.add(sentence.formatted(at));
    }

    private static boolean isHeader(ByteBuffer header) {
      return header.limit() == HEADER_BYTES
          && header.getInt(0) == 0x4c4d5641
          && header.getInt(VERSION_AT) == VERSION;
    }

    /** Where the next header is; negative when that cannot be told. */
    private long range(ByteBuffer header, long headerAt) throws IOException, DamagedDumpException {
      long start = header.getLong(START_AT);
      long last = header.getLong(LAST_AT);
      long length = last - start + 1;
      if (Long.compareUnsigned(last, start) < 0 || length <= 0) {
        throw new DamagedDumpException(
            input,
            headerAt + LAST_AT,
            "last",
            "%#x for a range that starts at %#x".formatted(last, start));
      }
      long from = chunks.size();
      long at = headerAt + HEADER_BYTES;
      while (at >= 0 && chunks.size() - from < length) {
        at = chunk(at, length - (chunks.size() - from));
      }
      long got = chunks.size() - from;
      extents.present(start, got, from);
      extents.truncated(start + got, length - got);
      return at < 0 ? at : at + TRAILER_BYTES;
    }

    /**
     * Adds a chunk if it has data.
     *
     * @param wanted what is missing of its range
     * @return where the next one is; negative when that cannot be told
     */
    private long chunk(long at, long wanted) throws IOException {
      ByteBuffer head = head(at, CHUNK_HEAD + SnappyChunks.CHECKSUM + PREAMBLE);
      int type = head.limit() > 0 ? head.get(0) & 0xff : FIRST_SKIPPED;
      int length = head.limit() >= CHUNK_HEAD ? head.getInt(0) >>> Byte.SIZE : 0;
      long end = at + CHUNK_HEAD + length;
      if (head.limit() < CHUNK_HEAD || end > input.size()) {
        lost("The file ends in the chunk at %#x: the rest of its range is lost.", at);
        return -1;
      }
      if (type >= FIRST_SKIPPED) {
        return end;
      }
      int plain = plainBytes(head, type, length);
      if (plain <= 0 || plain > Math.min(wanted, SnappyChunks.LARGEST)) {
        lost("What is at %#x is not a chunk of its range: the rest is lost.", at);
        return -1;
      }
      chunks.add(at + CHUNK_HEAD, length, type == COMPRESSED, plain);
      return end;
    }

    /** How many bytes a chunk unpacks to; none where it does not say that. */
    private static int plainBytes(ByteBuffer head, int type, int length) {
      boolean fits =
          length > SnappyChunks.CHECKSUM
              && length <= SnappyChunks.CHECKSUM + 32 + SnappyChunks.LARGEST * 7 / 6;
      if (type == PLAIN && fits) {
        return length - SnappyChunks.CHECKSUM;
      }
      int value = 0;
      int first = CHUNK_HEAD + SnappyChunks.CHECKSUM;
      for (int i = 0; type == COMPRESSED && fits && first + i < head.limit(); i++) {
        int part = head.get(first + i);
        value |= (part & 0x7f) << (7 * i);
        if (part >= 0) {
          return value;
        }
      }
      return 0;
    }
  }
}
