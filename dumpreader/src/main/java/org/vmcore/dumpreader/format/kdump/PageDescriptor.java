package org.vmcore.dumpreader.format.kdump;

import java.nio.ByteBuffer;
import org.vmcore.dumpreader.page.PageCodec;

/**
 * {@code struct page_desc}: where a page's data is. Not aligned to anything, 24 bytes in every word
 * size: off_t offset (8), unsigned size (4), unsigned flags (4), unsigned long long page_flags (8,
 * always 0).
 *
 * @param offset file offset of the page's data; pages may share it
 * @param size bytes of data, at most the page size
 * @param flags see {@link PageCodec}
 */
public record PageDescriptor(long offset, int size, int flags) {
  /** Bytes of one descriptor in the file. */
  public static final int BYTES = 24;

  /** Reads the descriptor at {@code index} of {@code buffer}, which has the dump's byte order. */
  static PageDescriptor at(ByteBuffer buffer, int index) {
    return new PageDescriptor(
        buffer.getLong(index), buffer.getInt(index + 8), buffer.getInt(index + 12));
  }

  boolean isPlain() {
    return (flags & PageCodec.FLAGS_MASK) == 0;
  }

  /** The first file offset after the data. */
  long end() {
    return offset + size;
  }

  /** An entry that makedumpfile never got to write: the file system was full. */
  boolean isBlank() {
    return offset == 0 && size == 0;
  }
}
