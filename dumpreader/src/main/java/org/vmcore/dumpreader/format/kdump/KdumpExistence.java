package org.vmcore.dumpreader.format.kdump;

import static org.vmcore.dumpreader.api.PhysicalFault.Reason.FILTERED;
import static org.vmcore.dumpreader.api.PhysicalFault.Reason.IO_ERROR;
import static org.vmcore.dumpreader.api.PhysicalFault.Reason.NOT_IN_DUMP;

import java.io.IOException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.page.BitmapChunks;
import org.vmcore.dumpreader.page.PageUnreadableException;

/**
 * The first bitmap: which pages the machine had. It is asked only about pages without data, so it
 * stays in the file.
 */
final class KdumpExistence {
  private final DumpInput input;
  private final KdumpHeader header;

  KdumpExistence(DumpInput input, KdumpHeader header) {
    this.input = input;
    this.header = header;
  }

  /** What to say of a page that was not dumped. */
  PageUnreadableException whyAbsent(long index) {
    if (index < 0 || index >= header.max_mapnr()) {
      return new PageUnreadableException(NOT_IN_DUMP, null);
    }
    try {
      byte[] bits = new byte[1];
      int got = input.read(header.bitmapOffset() + index / Byte.SIZE, bits, 0, 1);
      boolean exists = got == 1 && (bits[0] >> (index % Byte.SIZE) & 1) != 0;
      return new PageUnreadableException(exists ? FILTERED : NOT_IN_DUMP, null);
    } catch (IOException e) {
      return new PageUnreadableException(IO_ERROR, String.valueOf(e.getMessage()));
    }
  }

  /** Reads the bitmap from its start to its end. */
  BitmapChunks chunks() {
    return new BitmapChunks(input, header.bitmapOffset(), header.max_mapnr());
  }
}
