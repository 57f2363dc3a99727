package org.vmcore.gdbstub.symbols.read.elf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.fornwall.jelf.ElfException;
import net.fornwall.jelf.ElfFile;
import net.fornwall.jelf.ElfSegment;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * The ELF header and the program headers (gABI, "ELF Header" and "Program Header"), which jelf
 * parses. Sections it turns into objects as a whole, each symbol and each relocation one of its
 * own, before anybody can ask what they are: 5 GB for a vmlinux that kept its relocations. So it is
 * shown a file without sections.
 */
final class FileHeader {
  private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};

  /** Bytes of an Elf64_Ehdr; an Elf32_Ehdr with section headers behind it has as many. */
  private static final int BYTES = 64;

  /** Bytes of an Elf64_Phdr, and of an Elf32_Phdr. */
  private static final int SEGMENT_BYTES_64 = 56;

  private static final int SEGMENT_BYTES_32 = 32;

  /** jelf's numbers of segments and sections are signed ones of 16 bits. */
  private static final int MAX_SEGMENTS = Short.MAX_VALUE;

  private final DumpInput input;
  private final ElfFile parsed;
  private final int sectionCount;
  private final int nameSection;
  private final List<Segment> segments;

  private FileHeader(DumpInput input, ElfFile parsed, int sectionCount, int nameSection)
      throws ElfFormatException {
    this.input = input;
    this.parsed = parsed;
    this.sectionCount = sectionCount;
    this.nameSection = nameSection;
    this.segments = readSegments();
  }

  /**
   * @throws ElfFormatException when it is no ELF file, or one whose header makes no sense
   */
  static FileHeader read(DumpInput input) throws IOException {
    byte[] bytes = new byte[BYTES];
    if (!isElf(input) || input.read(0, bytes, 0, BYTES) < BYTES) {
      throw new ElfFormatException(input, "not an ELF file");
    }
    boolean is64 = bytes[4] == ElfFile.CLASS_64;
    ByteBuffer header = ByteBuffer.wrap(bytes).order(order(bytes[5]));
    int segmentsAt = is64 ? 56 : 44;
    int sectionsAt = segmentsAt + 4;
    int segments = Short.toUnsignedInt(header.getShort(segmentsAt));
    if (segments > MAX_SEGMENTS) {
      throw new ElfFormatException(
          input, segmentsAt, "e_phnum", "%d is more than any kernel has".formatted(segments));
    }
    int sections = Short.toUnsignedInt(header.getShort(sectionsAt));
    int names = Short.toUnsignedInt(header.getShort(sectionsAt + 2));
    header.putInt(sectionsAt, 0);
    try {
      ElfFile parsed = ElfFile.from(new HeaderBacking(input, bytes));
      return new FileHeader(input, parsed, sections, names);
    } catch (ElfException e) {
      throw new ElfFormatException(input, 0, "ELF header", String.valueOf(e.getMessage()));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  static boolean isElf(DumpInput input) throws IOException {
    byte[] magic = new byte[MAGIC.length];
    return input.read(0, magic, 0, magic.length) == magic.length && Arrays.equals(magic, MAGIC);
  }

  private static ByteOrder order(byte data) {
    return data == ElfFile.DATA_LSB ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
  }

  boolean is64() {
    return parsed.ei_class == ElfFile.CLASS_64;
  }

  ByteOrder order() {
    return order(parsed.ei_data);
  }

  /** {@code e_type}. */
  int type() {
    return Short.toUnsignedInt(parsed.e_type);
  }

  /** {@code e_machine}. */
  int machine() {
    return Short.toUnsignedInt(parsed.e_machine);
  }

  /** {@code e_shoff}. */
  long sectionsOffset() {
    return unsigned(parsed.e_shoff);
  }

  /** {@code e_shentsize}. */
  int sectionBytes() {
    return Short.toUnsignedInt(parsed.e_shentsize);
  }

  /** {@code e_shnum}. */
  int sectionCount() {
    return sectionCount;
  }

  /** {@code e_shstrndx}. */
  int nameSection() {
    return nameSection;
  }

  List<Segment> segments() {
    return segments;
  }

  /** jelf gives what has 32 bits sign-extended. */
  private long unsigned(long value) {
    return is64() ? value : value & 0xffff_ffffL;
  }

  private List<Segment> readSegments() throws ElfFormatException {
    int count = parsed.e_phnum;
    int bytes = Short.toUnsignedInt(parsed.e_phentsize);
    long start = unsigned(parsed.e_phoff);
    int least = is64() ? SEGMENT_BYTES_64 : SEGMENT_BYTES_32;
    if (count > 0 && (bytes < least || bytes > Short.MAX_VALUE)) {
      throw new ElfFormatException(
          input, is64() ? 54 : 42, "e_phentsize", "%d, and not %d".formatted(bytes, least));
    }
    if (count > 0 && (start < 0 || start > input.size() - (long) count * bytes)) {
      throw new ElfFormatException(
          input,
          is64() ? 32 : 28,
          "e_phoff",
          "%d program headers at %#x do not lie in the file, which ends at %#x"
              .formatted(count, start, input.size()));
    }
    List<Segment> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ElfSegment header = parsed.getProgramHeader(i);
      list.add(
          new Segment(
              header.p_type,
              unsigned(header.p_offset),
              unsigned(header.p_vaddr),
              unsigned(header.p_filesz),
              start + (long) i * bytes));
    }
    return List.copyOf(list);
  }
}
