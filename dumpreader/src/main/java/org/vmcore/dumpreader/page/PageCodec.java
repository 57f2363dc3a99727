package org.vmcore.dumpreader.page;

import io.airlift.compress.Compressor;
import io.airlift.compress.Decompressor;
import io.airlift.compress.lzo.LzoCompressor;
import io.airlift.compress.lzo.LzoDecompressor;
import io.airlift.compress.snappy.SnappyCompressor;
import io.airlift.compress.snappy.SnappyDecompressor;
import io.airlift.compress.zstd.ZstdCompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * How a page is stored in a kdump-compressed file. The flags are {@code DUMP_DH_COMPRESSED_*} of
 * makedumpfile's diskdump_mod.h; they stand in the main header's status for the whole file and in
 * each page descriptor for its page, for a page that would not shrink is stored plain.
 */
@SuppressWarnings("ImmutableEnumChecker") // The thread-locals hold work space, not state.
public enum PageCodec {
  PLAIN(0, "plain") {
    @Override
    public int decompress(
        byte[] in, int inOffset, int inLength, byte[] out, int outOffset, int length) {
      int copied = Math.min(inLength, length);
      System.arraycopy(in, inOffset, out, outOffset, copied);
      return copied;
    }

    @Override
    public int compress(byte[] page, byte[] out) {
      return out.length + 1;
    }
  },

  /** RFC 1950, as zlib's {@code compress2} makes it. */
  ZLIB(0x1, "zlib") {
    @Override
    public int decompress(
        byte[] in, int inOffset, int inLength, byte[] out, int outOffset, int length)
        throws DataFormatException {
      Inflater inflater = INFLATER.get();
      inflater.reset();
      inflater.setInput(in, inOffset, inLength);
      int done = inflater.inflate(out, outOffset, length);
      if (done == length && !inflater.finished()) {
        // The checksum is read, and an excess of data noticed, only by asking for more.
        done += inflater.inflate(new byte[1]);
      }
      if (!inflater.finished()) {
        throw new DataFormatException("compressed data is not whole");
      }
      return done;
    }

    @Override
    public int compress(byte[] page, byte[] out) {
      Deflater deflater = DEFLATER.get();
      deflater.reset();
      deflater.setInput(page);
      deflater.finish();
      int size = deflater.deflate(out);
      return deflater.finished() ? size : out.length + 1;
    }
  },

  /** LZO1X, one block without a frame. */
  LZO(0x2, "LZO", LzoDecompressor::new, LzoCompressor::new),

  /** One raw snappy block. */
  SNAPPY(0x4, "snappy", SnappyDecompressor::new, SnappyCompressor::new),

  /** One zstd frame (RFC 8878). */
  ZSTD(0x20, "zstd", ZstdDecompressor::new, ZstdCompressor::new);

  private static final ThreadLocal<Inflater> INFLATER = ThreadLocal.withInitial(Inflater::new);

  /** Level 1, as makedumpfile compresses (Z_BEST_SPEED in its makedumpfile.c). */
  private static final ThreadLocal<Deflater> DEFLATER =
      ThreadLocal.withInitial(() -> new Deflater(Deflater.BEST_SPEED));

  /** All bits that say how something is compressed. */
  public static final int FLAGS_MASK = 0x1 | 0x2 | 0x4 | 0x20;

  private static final PageCodec[] BY_FLAGS = new PageCodec[FLAGS_MASK + 1];

  static {
    for (PageCodec codec : values()) {
      BY_FLAGS[codec.flag] = codec;
    }
  }

  private final int flag;
  private final String label;

  // aircompressor's codecs keep tables between calls, so each thread has its own.
  private final @Nullable ThreadLocal<Decompressor> decompressors;
  private final @Nullable ThreadLocal<Compressor> compressors;

  PageCodec(int flag, String label) {
    this.flag = flag;
    this.label = label;
    this.decompressors = null;
    this.compressors = null;
  }

  PageCodec(
      int flag,
      String label,
      Supplier<Decompressor> decompressors,
      Supplier<Compressor> compressors) {
    this.flag = flag;
    this.label = label;
    this.decompressors = ThreadLocal.withInitial(decompressors);
    this.compressors = ThreadLocal.withInitial(compressors);
  }

  /** The codec of a page descriptor's flags; empty for a combination that means nothing. */
  public static Optional<PageCodec> ofFlags(int flags) {
    return Optional.ofNullable(BY_FLAGS[flags & FLAGS_MASK]);
  }

  public int flag() {
    return flag;
  }

  /** The codec's usual name. */
  public String label() {
    return label;
  }

  /**
   * Decompresses one page.
   *
   * @return the bytes stored; when this is not {@code length}, the data is damaged
   * @throws DataFormatException when the data is damaged
   * @throws RuntimeException when the data is damaged: aircompressor says so in several ways
   */
  public int decompress(
      byte[] in, int inOffset, int inLength, byte[] out, int outOffset, int length)
      throws DataFormatException {
    if (decompressors == null) {
      throw new IllegalStateException(this + " has no decompressor");
    }
    return decompressors.get().decompress(in, inOffset, inLength, out, outOffset, length);
  }

  /**
   * Compresses one page to the start of {@code out}, which has at least {@link #maxCompressed}.
   *
   * @return bytes of compressed data, or more than {@code out} has when it does not shrink
   */
  public int compress(byte[] page, byte[] out) {
    if (compressors == null) {
      throw new IllegalStateException(this + " has no compressor");
    }
    return compressors.get().compress(page, 0, page.length, out, 0, out.length);
  }

  /** Bytes that compressing a page of {@code pageSize} may need for a moment. */
  public int maxCompressed(int pageSize) {
    return compressors == null ? pageSize : compressors.get().maxCompressedLength(pageSize);
  }
}
