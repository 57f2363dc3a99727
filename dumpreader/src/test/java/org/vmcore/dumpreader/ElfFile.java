package org.vmcore.dumpreader;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * An ELF core file put together field by field, with the offsets of the gABI's structures written
 * out: the truth that the reader is held against, and the files that no sane tool writes.
 */
public final class ElfFile {
  private final boolean is64;
  private final ByteOrder order;
  private final List<byte[]> programHeaders = new ArrayList<>();
  private final List<Piece> pieces = new ArrayList<>();
  private int spare;

  @SuppressWarnings("ArrayRecordComponent")
  private record Piece(int offset, byte[] bytes) {}

  private ElfFile(boolean is64, ByteOrder order) {
    this.is64 = is64;
    this.order = order;
  }

  public static ElfFile elf64() {
    return new ElfFile(true, ByteOrder.LITTLE_ENDIAN);
  }

  public static ElfFile of(int bits, ByteOrder order) {
    return new ElfFile(bits == 64, order);
  }

  /** Makes {@code e_phentsize} larger than the structure by this many bytes. */
  public ElfFile spare(int bytes) {
    spare = bytes;
    return this;
  }

  public ElfFile load(long vaddr, long paddr, long offset, long filesz, long memsz) {
    return programHeader(1, offset, vaddr, paddr, filesz, memsz);
  }

  public ElfFile note(long offset, long filesz) {
    return programHeader(4, offset, 0, 0, filesz, filesz);
  }

  public ElfFile programHeader(
      int type, long offset, long vaddr, long paddr, long filesz, long memsz) {
    byte[] bytes = new byte[(is64 ? 56 : 32) + spare];
    ByteBuffer header = ByteBuffer.wrap(bytes).order(order);
    header.putInt(0, type);
    if (is64) {
      header.putLong(8, offset).putLong(16, vaddr).putLong(24, paddr);
      header.putLong(32, filesz).putLong(40, memsz);
    } else {
      header.putInt(4, (int) offset).putInt(8, (int) vaddr).putInt(12, (int) paddr);
      header.putInt(16, (int) filesz).putInt(20, (int) memsz);
    }
    programHeaders.add(bytes);
    return this;
  }

  /** Puts bytes at an offset, after all else. */
  public ElfFile bytes(int offset, byte... bytes) {
    pieces.add(new Piece(offset, bytes));
    return this;
  }

  public ElfFile u16(int offset, int value) {
    return bytes(offset, buffer(2).putShort((short) value).array());
  }

  public ElfFile u32(int offset, int value) {
    return bytes(offset, buffer(4).putInt(value).array());
  }

  public ElfFile u64(int offset, long value) {
    return bytes(offset, buffer(8).putLong(value).array());
  }

  /** A note with name and descriptor of any length. */
  public byte[] noteBytes(String name, int type, byte[] descriptor) {
    int nameSize = name.length() + 1;
    int descriptorAt = 12 + (nameSize + 3) / 4 * 4;
    return buffer(descriptorAt + (descriptor.length + 3) / 4 * 4)
        .putInt(nameSize)
        .putInt(descriptor.length)
        .putInt(type)
        .put(name.getBytes(ISO_8859_1))
        .position(descriptorAt)
        .put(descriptor)
        .array();
  }

  /** The file: the header, the program headers right after it, everything else as placed. */
  public byte[] build(int size) {
    byte[] bytes = new byte[size];
    ByteBuffer file = ByteBuffer.wrap(bytes).order(order);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (is64 ? 2 : 1)});
    file.put((byte) (order == ByteOrder.LITTLE_ENDIAN ? 1 : 2)).put((byte) 1);
    file.putShort(16, (short) 4).putShort(18, (short) 62).putInt(20, 1);
    int headerSize = is64 ? 64 : 52;
    if (is64) {
      file.putLong(32, headerSize).putShort(52, (short) headerSize);
      file.putShort(54, (short) (56 + spare)).putShort(56, (short) programHeaders.size());
    } else {
      file.putInt(28, headerSize).putShort(40, (short) headerSize);
      file.putShort(42, (short) (32 + spare)).putShort(44, (short) programHeaders.size());
    }
    file.position(headerSize);
    programHeaders.forEach(file::put);
    pieces.forEach(piece -> file.position(piece.offset).put(piece.bytes));
    return bytes;
  }

  private ByteBuffer buffer(int size) {
    return ByteBuffer.wrap(new byte[size]).order(order);
  }
}
