package org.vmcore.dumpreader.unwrap;

import io.airlift.compress.zstd.ZstdInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.input.SliceInput;

/**
 * A part of a file that is compressed by itself, such as a section with debugging information,
 * unpacked: a small one in memory, a larger one in a {@link ScratchFile}.
 */
public final class UnpackedPart implements DumpInput {
  /** Kept in memory up to this size. */
  private static final int SMALL = 16 << 20;

  private static final int BLOCK = 64 << 10;

  /** More to one is not believed: deflate cannot do better, and nothing real comes near it. */
  private static final long LARGEST_RATIO = 1100;

  private final String name;
  private final ScratchFile file;

  /** How such a part may be compressed. */
  public enum Compression {
    /** RFC 1950. */
    ZLIB {
      @Override
      InputStream open(InputStream in) {
        return new InflaterInputStream(in);
      }
    },
    /** RFC 8878. */
    ZSTD {
      @Override
      InputStream open(InputStream in) {
        return new ZstdInputStream(in);
      }
    };

    abstract InputStream open(InputStream in);
  }

  private UnpackedPart(String name, ScratchFile file) {
    this.name = name;
    this.file = file;
  }

  /**
   * Unpacks a part of a file.
   *
   * @param packed stays the caller's
   * @param start of the part
   * @param length of the part in bytes
   * @param size bytes that it has unpacked
   * @return what is to be closed by the caller
   * @throws IOException when it cannot be read, is damaged, or there is no room for it; the message
   *     says what, and not where
   */
  public static DumpInput open(
      DumpInput packed, long start, long length, Compression compression, long size)
      throws IOException {
    if (size < 0 || size / LARGEST_RATIO > length) {
      throw new IOException(
          "%s bytes do not come out of %d".formatted(Long.toUnsignedString(size), length));
    }
    try (InputStream in = compression.open(new PartStream(new SliceInput(packed, start, length)))) {
      if (size <= SMALL) {
        byte[] bytes = new byte[(int) size];
        if (in.readNBytes(bytes, 0, bytes.length) < bytes.length) {
          throw new EOFException();
        }
        return new BytesInput(packed.name(), bytes);
      }
      return unpack(packed.name(), in, size);
    } catch (EOFException e) {
      throw new IOException("its compressed data is cut short", e);
    } catch (ZipException | RuntimeException e) {
      // What decompressors say of damage.
      throw new IOException("its compressed data is damaged", e);
    }
  }

  private static DumpInput unpack(String name, InputStream in, long size) throws IOException {
    ScratchFile file = ScratchFile.create(Path.of(System.getProperty("java.io.tmpdir")));
    try {
      byte[] block = new byte[BLOCK];
      while (file.size() < size) {
        int wanted = (int) Math.min(BLOCK, size - file.size());
        if (in.readNBytes(block, 0, wanted) < wanted) {
          throw new EOFException();
        }
        file.append(block, wanted);
      }
      return new UnpackedPart(name, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return file.size();
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    return file.read(position, destination, offset, length);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** A file from first byte to last. */
  private static final class PartStream extends InputStream {
    private final DumpInput input;
    private long position;

    PartStream(DumpInput input) {
      this.input = input;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] destination, int offset, int length) throws IOException {
      int got = input.read(position, destination, offset, length);
      position += got;
      return got == 0 && length > 0 ? -1 : got;
    }
  }
}
