package org.vmcore.dumpreader.unwrap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.DumpWrapper;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.UnsupportedDumpException;

/**
 * makedumpfile -F and QEMU's compressed formats: a dump of some other format, cut into blocks that
 * say where they belong, so that it could be written to a pipe.
 *
 * <pre>
 * file   = header, block*, end
 * header = 4096 bytes: "makedumpfile" NUL-padded to 16, i64 type (1), i64 version (1)
 * block  = i64 offset, i64 buf_size, byte[buf_size]        the dump's bytes from offset on
 * end    = i64 -1, i64 -1
 * </pre>
 *
 * <p>All integers are big-endian. Blocks come in any order; where they overlap, the later one
 * counts, and what no block covers is zero, as if each were written to a file at its offset.
 * Source: makedumpfile's makedumpfile.h, struct makedumpfile_header and makedumpfile_data_header.
 *
 * <p>Opening reads the header of each block and seeks over its data, so that it costs a small read
 * per block. A stream without its end opens: what was to follow is missing.
 */
public final class FlattenedFile implements DumpWrapper {
  private static final byte[] SIGNATURE = "makedumpfile\0\0\0\0".getBytes(ISO_8859_1);

  /** MAX_SIZE_MDF_HEADER. */
  static final int HEADER_BYTES = 4096;

  /** TYPE_FLAT_HEADER and VERSION_FLAT_HEADER. */
  private static final long KNOWN = 1;

  /** END_FLAG_FLAT_HEADER. */
  private static final long END = -1;

  /**
   * No machine has more memory, and so no dump more bytes: physical addresses have at most 52 bits
   * (AMD64 Architecture Programmer's Manual, volume 2, 5.3).
   */
  private static final long LARGEST = 1L << 52;

  private static final int BLOCKS_PER_PROGRESS = 4096;

  /** A file that is far away is fetched in such pieces: all of it is, as headers are everywhere. */
  private static final long WINDOW = 8L << 20;

  @Override
  public String name() {
    return "flattened";
  }

  /** Whether an input begins as one. */
  public static boolean isOne(DumpInput input) throws IOException {
    byte[] signature = new byte[SIGNATURE.length];
    input.read(0, signature, 0, signature.length);
    return Arrays.equals(signature, SIGNATURE);
  }

  @Override
  public Optional<DumpInput> unwrap(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    if (!isOne(input)) {
      return Optional.empty();
    }
    ByteBuffer header = ByteBuffer.wrap(input.readFully(0, HEADER_BYTES, "makedumpfile_header"));
    long type = header.getLong(SIGNATURE.length);
    long version = header.getLong(SIGNATURE.length + 8);
    if (type != KNOWN || version != KNOWN) {
      throw new UnsupportedDumpException(
          input,
          "flattened dump of type %d, version %d".formatted(type, version),
          "restore it with the makedumpfile that wrote it: `makedumpfile -R DUMP < FILE`");
    }
    FlattenedIndex.Builder blocks = new FlattenedIndex.Builder();
    String problem = readBlocks(input, blocks, options.progress());
    if (blocks.isEmpty()) {
      throw new DamagedDumpException(
          input, HEADER_BYTES, "makedumpfile_data_header", "there is no block of data");
    }
    String name = "%s (%s)".formatted(input.name(), name());
    return Optional.of(new FlattenedInput(name, input, blocks.build(), problem));
  }

  /** Reads all block headers; returns what is wrong where the stream does not end well. */
  private static @Nullable String readBlocks(
      DumpInput input, FlattenedIndex.Builder blocks, Progress progress) throws IOException {
    byte[] bytes = new byte[FlattenedIndex.BLOCK_HEADER];
    ByteBuffer header = ByteBuffer.wrap(bytes);
    long at = HEADER_BYTES;
    long window = Math.min(WINDOW, input.size() / 2);
    long expected = 0;
    for (int count = 0; ; count++) {
      // There is a header every few pages, up to the end; the next piece comes while this is read.
      while (expected < Math.min(at + window, input.size())) {
        input.willRead(expected, window);
        expected += window;
      }
      if (input.read(at, bytes, 0, bytes.length) < bytes.length) {
        return "The flattened stream is cut short at %#x: what was to follow is missing."
            .formatted(input.size());
      }
      long offset = header.getLong(0);
      long size = header.getLong(8);
      if (offset == END && size == END) {
        progress.update("indexing blocks", input.size(), input.size());
        return null;
      }
      if (offset < 0 || size < 0 || offset > LARGEST - size) {
        return ("The flattened stream is damaged at %#x (offset %#x, buf_size %#x): what follows is"
                + " missing.")
            .formatted(at, offset, size);
      }
      at += bytes.length;
      blocks.add(offset, at, Math.min(size, input.size() - at));
      if (size > input.size() - at) {
        return "The flattened stream is cut short at %#x, within a block: what was to follow is missing."
            .formatted(input.size());
      }
      at += size;
      if (count % BLOCKS_PER_PROGRESS == 0) {
        progress.update("indexing blocks", at, input.size());
      }
    }
  }
}
