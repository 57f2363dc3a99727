package org.vmcore.gdbstub.symbols.read;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * A section of a file, or, where it had to be changed, its bytes.
 *
 * @param start its offset in the file
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record DebugSection(DumpInput file, String name, long start, long size, byte @Nullable [] bytes) {

  /**
   * @throws DwarfException when the section does not have all of them
   */
  byte[] read(long offset, int length) throws IOException, DwarfException {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new DwarfException(
          "%s: %s has %#x bytes, and %d at %#x are asked for"
              .formatted(file.name(), name, size, length, offset));
    }
    if (bytes != null) {
      return Arrays.copyOfRange(bytes, (int) offset, (int) offset + length);
    }
    byte[] read = new byte[length];
    int got = file.read(start + offset, read, 0, length);
    if (got < length) {
      throw new DwarfException("%s: ends within %s".formatted(file.name(), name));
    }
    return read;
  }
}
