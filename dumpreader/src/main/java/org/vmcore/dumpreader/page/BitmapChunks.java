package org.vmcore.dumpreader.page;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * Reads a bitmap of a kdump-compressed file from its start to its end. Page {@code n} is bit {@code
 * n % 8}, counted from the lowest, of byte {@code n / 8}, whatever the dump's byte order is; so
 * eight bytes are a little-endian word.
 *
 * <p>The bitmap of a large machine is mostly zeros, which are compared and not decoded. It is read
 * whole all the same, at the speed of a copy: where a page's descriptor is, only the number of
 * members below it tells, and Java cannot ask a file for its holes.
 */
public final class BitmapChunks {
  private static final int CHUNK_BYTES = PageBitmap.CHUNK_WORDS * Long.BYTES;
  private static final int BUFFER_BYTES = 64 * CHUNK_BYTES;
  private static final byte[] ZEROS = new byte[CHUNK_BYTES];

  private final DumpInput input;
  private final long end;
  private final byte[] bytes = new byte[BUFFER_BYTES];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  private final int bitsOfLastByte;
  private long position;
  private int at = BUFFER_BYTES;

  /**
   * @param position file offset of the bitmap
   * @param pages bits in use; those after them read as 0
   */
  public BitmapChunks(DumpInput input, long position, long pages) {
    this.input = input;
    this.position = position;
    this.end = position + (pages + Byte.SIZE - 1) / Byte.SIZE;
    this.bitsOfLastByte = (int) (pages % Byte.SIZE);
  }

  /**
   * The next {@link PageBitmap#CHUNK_WORDS} words, the lowest page in bit 0 of the first; null
   * where all are 0, as they are past the end.
   */
  public long @Nullable [] next() throws IOException {
    if (at == BUFFER_BYTES) {
      fill();
    }
    int from = at;
    at += CHUNK_BYTES;
    if (Arrays.equals(bytes, from, at, ZEROS, 0, CHUNK_BYTES)) {
      return null;
    }
    long[] words = new long[PageBitmap.CHUNK_WORDS];
    for (int i = 0; i < words.length; i++) {
      words[i] = buffer.getLong(from + i * Long.BYTES);
    }
    return words;
  }

  private void fill() throws IOException {
    int wanted = (int) Math.min(bytes.length, end - position);
    int got = wanted <= 0 ? 0 : input.read(position, bytes, 0, wanted);
    position += got;
    if (got > 0 && position == end && bitsOfLastByte != 0) {
      bytes[got - 1] &= (byte) ~(-1 << bitsOfLastByte);
    }
    Arrays.fill(bytes, got, bytes.length, (byte) 0);
    at = 0;
  }
}
