package org.vmcore.gdbstub.symbols.read.elf;

import java.io.IOException;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * The bytes of a section. Safe for use by several threads.
 *
 * @param input has them
 * @param name the section's, for messages
 * @param start of the first one in {@code input}
 * @param size number of bytes
 */
public record SectionData(DumpInput input, String name, long start, long size) {
  /** More does not go into an array. */
  private static final int LARGEST = Integer.MAX_VALUE - 8;

  /**
   * Reads a part.
   *
   * @throws ElfFormatException when the section does not have all of it
   */
  public byte[] read(long offset, int length) throws IOException {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new ElfFormatException(
          input,
          start,
          name,
          "has %#x bytes, and %d at %#x are asked for".formatted(size, length, offset));
    }
    byte[] bytes = new byte[length];
    if (input.read(start + offset, bytes, 0, length) < length) {
      throw new ElfFormatException(input, start + offset, name, "the file ends within it");
    }
    return bytes;
  }

  /**
   * Reads all of it.
   *
   * @throws ElfFormatException when that is too much
   */
  public byte[] readAll() throws IOException {
    if (size > LARGEST) {
      throw new ElfFormatException(
          input, start, name, "its %d bytes are too many to be read at once".formatted(size));
    }
    return read(0, (int) size);
  }
}
