package org.vmcore.gdbstub.symbols.read;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.fornwall.jelf.ElfFile;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * Whether the sections of an ELF file lie in it. The parser makes an object for each entry that a
 * section claims to have; a damaged size would cost memory without end.
 */
public final class SectionBounds {
  private static final int SHT_NOBITS = 8;

  /** Bytes of an Elf64_Shdr, and of an Elf32_Shdr. */
  private static final int HEADER_64 = 64;

  private static final int HEADER_32 = 40;

  private final DumpInput input;
  private final ElfFile elf;

  public SectionBounds(DumpInput input, ElfFile elf) {
    this.input = input;
    this.elf = elf;
  }

  /**
   * Whether a section may be parsed.
   *
   * @param index of the section, below {@code e_shnum}
   */
  public boolean fits(int index) throws IOException {
    boolean is64 = elf.ei_class == ElfFile.CLASS_64;
    byte[] header = new byte[is64 ? HEADER_64 : HEADER_32];
    long at = elf.e_shoff + (long) index * elf.e_shentsize;
    if (at < 0 || input.read(at, header, 0, header.length) < header.length) {
      return false;
    }
    boolean little = elf.ei_data == ElfFile.DATA_LSB;
    ByteBuffer in =
        ByteBuffer.wrap(header).order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long offset = is64 ? in.getLong(24) : Integer.toUnsignedLong(in.getInt(16));
    long size = is64 ? in.getLong(32) : Integer.toUnsignedLong(in.getInt(20));
    return in.getInt(4) == SHT_NOBITS
        || (offset >= 0 && size >= 0 && size <= input.size() && offset <= input.size() - size);
  }
}
