package org.vmcore.dumpreader.page;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * Reads a bitmap of a kdump-compressed file from its start to its end, 64 pages at a time. Page
 * {@code n} is bit {@code n % 8}, counted from the lowest, of byte {@code n / 8}, whatever the
 * dump's byte order is; so eight bytes are a little-endian word.
 */
public final class BitmapWords {
  private static final int BUFFER_BYTES = 64 << 10;

  private final DumpInput input;
  private final long end;
  private final byte[] bytes = new byte[BUFFER_BYTES];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  private long position;
  private long pagesLeft;

  /**
   * @param position file offset of the bitmap
   * @param pages bits in use; those after them read as 0
   */
  public BitmapWords(DumpInput input, long position, long pages) {
    this.input = input;
    this.position = position;
    this.end = position + (pages + Byte.SIZE - 1) / Byte.SIZE;
    this.pagesLeft = pages;
  }

  /** The next 64 pages, the lowest in bit 0; 0 past the end. */
  public long next() throws IOException {
    if (!buffer.hasRemaining()) {
      fill();
    }
    long word = buffer.getLong();
    if (pagesLeft < Long.SIZE) {
      word &= pagesLeft == 0 ? 0 : -1L >>> (Long.SIZE - pagesLeft);
    }
    pagesLeft = Math.max(0, pagesLeft - Long.SIZE);
    return word;
  }

  private void fill() throws IOException {
    int wanted = (int) Math.min(bytes.length, end - position);
    int got = input.read(position, bytes, 0, wanted);
    Arrays.fill(bytes, got, bytes.length, (byte) 0);
    position += got;
    buffer.clear();
  }
}
