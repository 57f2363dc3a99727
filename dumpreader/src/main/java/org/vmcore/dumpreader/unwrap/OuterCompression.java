package org.vmcore.dumpreader.unwrap;

import io.airlift.compress.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
import org.tukaani.xz.XZInputStream;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * What people compress a whole dump with before they send it, told by the file's first bytes.
 * Several streams one after another, as parallel compressors write them, are one file.
 */
@SuppressWarnings("ImmutableEnumChecker") // The bytes are written once.
enum OuterCompression implements Packing {
  /** RFC 1952, 2.3.1: ID1, ID2, CM 8, and FLG without its reserved bits. */
  GZIP("gzip", 0x1f, 0x8b, 8) {
    @Override
    boolean matches(byte[] start) {
      return super.matches(start) && (start[3] & 0xe0) == 0;
    }

    @Override
    public InputStream open(InputStream in) throws IOException {
      return new GZIPInputStream(in, BUFFER);
    }
  },

  /** The .xz file format 1.2.1, 2.1.1.1, "Header Magic Bytes". */
  XZ("xz", 0xfd, '7', 'z', 'X', 'Z', 0) {
    @Override
    public InputStream open(InputStream in) throws IOException {
      return new XZInputStream(in, XZ_MEMORY_KIB);
    }
  },

  /** "BZh", the block size '1' to '9', and the first block's magic (bzip2's decompress.c). */
  BZIP2("bzip2", 'B', 'Z', 'h') {
    @Override
    boolean matches(byte[] start) {
      byte[] block = {0x31, 0x41, 0x59, 0x26, 0x53, 0x59};
      return super.matches(start)
          && start[3] >= '1'
          && start[3] <= '9'
          && Arrays.equals(start, 4, 10, block, 0, 6);
    }

    @Override
    public InputStream open(InputStream in) throws IOException {
      return new BZip2CompressorInputStream(in, true);
    }
  },

  /** RFC 8878, 3.1.1: Magic_Number 0xfd2fb528, little-endian. */
  ZSTD("zstd", 0x28, 0xb5, 0x2f, 0xfd) {
    @Override
    public InputStream open(InputStream in) {
      return new ZstdInputStream(in);
    }
  },

  /** LZ4 Frame Format 1.6.4: magic number 0x184d2204, little-endian. */
  LZ4("lz4", 0x04, 0x22, 0x4d, 0x18) {
    @Override
    public InputStream open(InputStream in) throws IOException {
      return new FramedLZ4CompressorInputStream(in, true);
    }
  };

  private static final int BUFFER = 64 << 10;

  /** Bytes that tell all of them. */
  private static final int START = 10;

  /** {@code xz -9} needs 65 MiB; a hostile header may ask for 1.5 GiB. */
  private static final int XZ_MEMORY_KIB = 256 << 10;

  private final String program;
  private final byte[] magic;

  OuterCompression(String program, int... magic) {
    this.program = program;
    this.magic = new byte[magic.length];
    for (int i = 0; i < magic.length; i++) {
      this.magic[i] = (byte) magic[i];
    }
  }

  static Optional<OuterCompression> of(DumpInput input) throws IOException {
    byte[] start = new byte[START];
    if (input.read(0, start, 0, START) < START) {
      return Optional.empty();
    }
    return Arrays.stream(values()).filter(compression -> compression.matches(start)).findFirst();
  }

  boolean matches(byte[] start) {
    return Arrays.equals(start, 0, magic.length, magic, 0, magic.length);
  }

  @Override
  public String program() {
    return program;
  }
}
