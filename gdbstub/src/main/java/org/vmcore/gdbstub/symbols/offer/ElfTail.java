package org.vmcore.gdbstub.symbols.offer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.List;
import org.vmcore.gdbstub.symbols.write.elf.StringPool;

/**
 * What is appended to a copy of an ELF file of 64 bits, or of its beginning, to make it another:
 * contents of sections, the names of all, and their headers.
 */
final class ElfTail {
  static final int SHT_NULL = 0;
  static final int SHT_PROGBITS = 1;
  static final int SHT_SYMTAB = 2;
  private static final int SHT_STRTAB = 3;
  static final int SHT_RELA = 4;
  static final int SHT_NOTE = 7;
  static final int SHT_NOBITS = 8;
  static final int SHF_ALLOC = 2;

  // Elf64_Ehdr and Elf64_Shdr (gABI, chapter 4).
  static final int E_TYPE = 16;
  private static final int E_SHOFF = 40;
  private static final int E_SHNUM = 60;
  private static final int E_SHSTRNDX = 62;
  private static final int SECTION_HEADER = 64;
  static final int SH_TYPE = 4;
  static final int SH_FLAGS = 8;
  static final int SH_ADDR = 16;
  static final int SH_OFFSET = 24;
  static final int SH_SIZE = 32;
  static final int SH_LINK = 40;
  static final int SH_INFO = 44;
  static final int SH_ADDRALIGN = 48;

  private final ByteOrder order;
  private final List<ByteBuffer> headers = new ArrayList<>();
  private final StringPool names = new StringPool();
  private final List<ByteBuffer> contents = new ArrayList<>();
  private long end;

  /**
   * @param end of the copy, behind which this goes
   */
  ElfTail(ByteOrder order, long end) {
    this.order = order;
    this.end = end;
  }

  /** A section whose contents, if it has any, are in the copy. */
  void section(String name, ByteBuffer header) {
    headers.add(header.putInt(0, names.offset(name)));
  }

  /** A section with new contents. */
  void section(String name, ByteBuffer header, ByteBuffer bytes) {
    header.putLong(SH_OFFSET, end).putLong(SH_SIZE, bytes.remaining());
    section(name, header);
    contents.add(bytes.duplicate());
    end += bytes.remaining();
  }

  /** A new section for debuggers. */
  void section(String name, byte[] bytes) {
    section(name, header(SHT_PROGBITS), ByteBuffer.wrap(bytes));
  }

  private ByteBuffer header(int type) {
    return ByteBuffer.allocate(SECTION_HEADER)
        .order(order)
        .putInt(SH_TYPE, type)
        .putLong(SH_ADDRALIGN, 1);
  }

  /**
   * Writes all of it.
   *
   * @param header the file's, which this changes
   */
  void write(SeekableByteChannel out, ByteBuffer header) throws IOException {
    names.offset(".shstrtab");
    section(".shstrtab", header(SHT_STRTAB), ByteBuffer.wrap(names.toArray()));
    for (ByteBuffer bytes : contents) {
      put(out, bytes);
    }
    for (ByteBuffer section : headers) {
      put(out, section.rewind());
    }
    header.putLong(E_SHOFF, end);
    header.putShort(E_SHNUM, (short) headers.size());
    header.putShort(E_SHSTRNDX, (short) (headers.size() - 1));
    out.position(0);
    put(out, header.rewind());
  }

  private static void put(SeekableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
