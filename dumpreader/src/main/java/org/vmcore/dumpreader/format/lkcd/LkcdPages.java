package org.vmcore.dumpreader.format.lkcd;

import static org.vmcore.dumpreader.api.PhysicalFault.Reason.CORRUPT;
import static org.vmcore.dumpreader.api.PhysicalFault.Reason.IO_ERROR;
import static org.vmcore.dumpreader.api.PhysicalFault.Reason.TRUNCATED;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.page.PageCodec;
import org.vmcore.dumpreader.page.PageUnreadableException;

/** Reads and decompresses the pages of an LKCD dump. */
final class LkcdPages {
  static final int PAGE_HEADER = 16;

  /** DUMP_DH_RAW, DUMP_DH_COMPRESSED, DUMP_DH_END of dp_flags. */
  static final int RAW = 1;

  static final int COMPRESSED = 2;
  static final int END = 4;

  /** DUMP_COMPRESS_RLE, DUMP_COMPRESS_GZIP of dh_dump_compress; the second is zlib's compress(). */
  static final int RLE = 1;

  static final int GZIP = 2;

  private final DumpInput input;
  private final ByteOrder order;
  private final int pageSize;
  private final int compression;

  LkcdPages(DumpInput input, ByteOrder order, int pageSize, int compression) {
    this.input = input;
    this.order = order;
    this.pageSize = pageSize;
    this.compression = compression;
  }

  int pageSize() {
    return pageSize;
  }

  /**
   * @param at offset of the page's header
   */
  byte[] read(long at) throws PageUnreadableException {
    ByteBuffer header = ByteBuffer.wrap(bytes(at, PAGE_HEADER)).order(order);
    int size = header.getInt(8);
    int kind = header.getInt(12) & (RAW | COMPRESSED);
    if (size < 0 || size > 2 * pageSize) {
      throw corrupt(at, "dp_size is " + Integer.toUnsignedString(size));
    }
    byte[] data = bytes(at + PAGE_HEADER, size);
    if (kind == RAW) {
      if (size != 0 && size != pageSize) {
        throw corrupt(at, "a plain page of %d bytes".formatted(size));
      }
      return size == 0 ? new byte[pageSize] : data;
    }
    if (kind != COMPRESSED || (compression != RLE && compression != GZIP)) {
      throw corrupt(
          at, "dp_flags %#x with dh_dump_compress %#x".formatted(header.getInt(12), compression));
    }
    byte[] page = new byte[pageSize];
    String problem;
    try {
      int got =
          compression == RLE
              ? expand(data, page)
              : PageCodec.ZLIB.decompress(data, 0, size, page, 0, pageSize);
      if (got == pageSize) {
        return page;
      }
      problem = "gives %d bytes of %d".formatted(got, pageSize);
    } catch (DataFormatException | RuntimeException e) {
      problem = String.valueOf(e.getMessage());
    }
    throw corrupt(at, problem);
  }

  /**
   * 0, 0: a zero; 0, n, b: n + 1 times b; anything else is itself (crash's lkcd_common.c,
   * lkcd_uncompress_RLE).
   *
   * @return bytes that it gives, the page's size plus one when they are more
   */
  private static int expand(byte[] in, byte[] page) {
    int size = 0;
    for (int i = 0; i < in.length && size < page.length; i++) {
      int count = in[i] == 0 && i + 1 < in.length ? in[++i] & 0xff : 0;
      byte value = in[i];
      if (count != 0) {
        if (++i == in.length) {
          return size;
        }
        value = in[i];
      }
      if (size + count >= page.length) {
        return page.length + 1;
      }
      Arrays.fill(page, size, size + count + 1, value);
      size += count + 1;
    }
    return size;
  }

  private byte[] bytes(long at, int length) throws PageUnreadableException {
    byte[] bytes = new byte[length];
    int got;
    try {
      got = input.read(at, bytes, 0, length);
    } catch (IOException e) {
      throw new PageUnreadableException(IO_ERROR, String.valueOf(e.getMessage()));
    }
    if (got < length) {
      throw new PageUnreadableException(TRUNCATED, null);
    }
    return bytes;
  }

  private static PageUnreadableException corrupt(long at, String problem) {
    return new PageUnreadableException(CORRUPT, "page at offset %#x: %s".formatted(at, problem));
  }
}
