package org.vmcore.gdbstub.symbols.read.elf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * The section headers of an ELF file (gABI, "Section Header") and their names, kept as the bytes
 * that they are in the file. All of them are checked: a section that has bytes lies in the file.
 */
final class SectionTable {
  /** Bytes of an Elf64_Shdr, and of an Elf32_Shdr. */
  private static final int BYTES_64 = 64;

  private static final int BYTES_32 = 40;

  /** {@code e_shstrndx} where {@code sh_link} of section 0 has the number. */
  private static final int SHN_XINDEX = 0xffff;

  /** More than the largest module has, one for each of its functions. */
  private static final int MAX_SECTIONS = 1 << 20;

  private static final int MAX_NAME_BYTES = 64 << 20;

  private final DumpInput input;
  private final FileHeader header;
  private final boolean is64;
  private final int bytes;
  private final int count;
  private final ByteBuffer headers;
  private final byte[] names;

  private SectionTable(DumpInput input, FileHeader header, int count, ByteBuffer headers)
      throws IOException {
    this.input = input;
    this.header = header;
    this.is64 = header.is64();
    this.bytes = header.sectionBytes();
    this.count = count;
    this.headers = headers;
    for (int i = 0; i < count; i++) {
      requireInFile(i);
    }
    this.names = readNames();
    for (int i = 0; i < count; i++) {
      requireName(i);
    }
  }

  /**
   * @throws ElfFormatException when a header makes no sense, or a section is not in the file
   */
  static SectionTable read(DumpInput input, FileHeader header) throws IOException {
    long start = header.sectionsOffset();
    if (start == 0) {
      return new SectionTable(input, header, 0, ByteBuffer.allocate(0));
    }
    int least = header.is64() ? BYTES_64 : BYTES_32;
    int bytes = header.sectionBytes();
    if (bytes < least) {
      throw new ElfFormatException(
          input, header.is64() ? 58 : 46, "e_shentsize", "%d, and not %d".formatted(bytes, least));
    }
    long count = header.sectionCount();
    if (count == 0) {
      // More than the field can count: sh_size of section 0 has the number.
      ByteBuffer first = ByteBuffer.wrap(read(input, header, start, 1)).order(header.order());
      count = header.is64() ? first.getLong(32) : Integer.toUnsignedLong(first.getInt(20));
    }
    if (count < 0 || count > MAX_SECTIONS) {
      throw new ElfFormatException(
          input,
          start + (header.is64() ? 32 : 20),
          "sh_size of section 0",
          "%s sections are too many".formatted(Long.toUnsignedString(count)));
    }
    byte[] headers = read(input, header, start, (int) count);
    return new SectionTable(
        input, header, (int) count, ByteBuffer.wrap(headers).order(header.order()));
  }

  private static byte[] read(DumpInput input, FileHeader header, long start, int count)
      throws IOException {
    long length = (long) count * header.sectionBytes();
    if (start < 0 || start > input.size() - length || length > Integer.MAX_VALUE - 8) {
      throw new ElfFormatException(
          input,
          header.is64() ? 40 : 32,
          "e_shoff",
          "%d section headers at %#x do not lie in the file, which ends at %#x; is it cut short?"
              .formatted(count, start, input.size()));
    }
    byte[] bytes = new byte[(int) length];
    if (input.read(start, bytes, 0, bytes.length) < bytes.length) {
      throw new ElfFormatException(input, start, "section headers", "the file ends within them");
    }
    return bytes;
  }

  private void requireInFile(int index) throws ElfFormatException {
    int type = type(index);
    long offset = offset(index);
    long size = size(index);
    if (type != Section.SHT_NULL
        && type != Section.SHT_NOBITS
        && (offset < 0 || size < 0 || size > input.size() || offset > input.size() - size)) {
      throw new ElfFormatException(
          input,
          headerOffset(index) + (is64 ? 24 : 16),
          "sh_offset and sh_size of section " + index,
          "%s bytes at %#x do not lie in the file, which ends at %#x"
              .formatted(Long.toUnsignedString(size), offset, input.size()));
    }
  }

  private byte[] readNames() throws IOException {
    int index = header.nameSection();
    if (index == SHN_XINDEX && count > 0) {
      index = word(0, is64 ? 40 : 24);
    }
    if (count == 0 || index == 0) {
      return new byte[0];
    }
    long at = is64 ? 62 : 50;
    if (index < 0 || index >= count || type(index) != Section.SHT_STRTAB) {
      throw new ElfFormatException(
          input, at, "e_shstrndx", "section %d holds no names".formatted(index));
    }
    if (size(index) > MAX_NAME_BYTES) {
      throw new ElfFormatException(
          input, at, "e_shstrndx", "%d bytes of names are too many".formatted(size(index)));
    }
    byte[] read = new byte[(int) size(index)];
    if (input.read(offset(index), read, 0, read.length) < read.length) {
      throw new ElfFormatException(
          input, offset(index), "names of sections", "the file ends within them");
    }
    return read;
  }

  private void requireName(int index) throws ElfFormatException {
    int name = word(index, 0);
    if (name != 0 && (name < 0 || name >= names.length)) {
      throw new ElfFormatException(
          input,
          headerOffset(index),
          "sh_name of section " + index,
          "%#x is beyond the %#x bytes of names".formatted(name, names.length));
    }
  }

  int count() {
    return count;
  }

  /**
   * @param index from 0, below {@link #count}
   */
  Section section(int index) {
    return new Section(
        index,
        name(index),
        type(index),
        number(index, 8, 8),
        number(index, 16, 12),
        offset(index),
        size(index),
        word(index, is64 ? 40 : 24),
        word(index, is64 ? 44 : 28),
        number(index, 56, 36),
        headerOffset(index));
  }

  private String name(int index) {
    int start = word(index, 0);
    int end = start;
    while (end < names.length && names[end] != 0) {
      end++;
    }
    return new String(names, start, end - start, ISO_8859_1);
  }

  /** Whether a section is called so. */
  boolean isCalled(int index, byte[] name) {
    int start = word(index, 0);
    int end = start + name.length;
    return end < names.length
        && names[end] == 0
        && Arrays.equals(names, start, end, name, 0, name.length);
  }

  int type(int index) {
    return word(index, 4);
  }

  private long offset(int index) {
    return number(index, 24, 16);
  }

  private long size(int index) {
    return number(index, 32, 20);
  }

  private long headerOffset(int index) {
    return header.sectionsOffset() + (long) index * bytes;
  }

  private int word(int index, int field) {
    return headers.getInt(index * bytes + field);
  }

  /** A field that has 8 bytes in ELF64 and 4 in ELF32. */
  private long number(int index, int field64, int field32) {
    return is64
        ? headers.getLong(index * bytes + field64)
        : Integer.toUnsignedLong(headers.getInt(index * bytes + field32));
  }
}
