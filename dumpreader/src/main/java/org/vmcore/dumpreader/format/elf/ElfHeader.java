package org.vmcore.dumpreader.format.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.UnsupportedDumpException;

/**
 * The ELF header of a core file (gABI, "ELF Header"), as far as a vmcore's can be trusted: QEMU
 * writes an {@code e_ehsize} of 8 and section headers that describe nothing, so only what leads to
 * the program headers is looked at.
 *
 * @param is64 {@code EI_CLASS}
 * @param order {@code EI_DATA}
 * @param machine {@code e_machine}
 * @param programHeaderOffset {@code e_phoff}
 * @param programHeaderSize {@code e_phentsize}
 * @param programHeaderCount {@code e_phnum}, or {@code sh_info} of section 0 where that is PN_XNUM
 */
public record ElfHeader(
    boolean is64,
    ByteOrder order,
    int machine,
    long programHeaderOffset,
    int programHeaderSize,
    int programHeaderCount) {
  /** {@code e_ident} begins so, in ISO 8859-1. */
  public static final String MAGIC = "\u007fELF";

  /** {@code e_type} of a core file. */
  public static final int ET_CORE = 4;

  /** {@code e_phnum} of a file with more program headers than the field can count. */
  public static final int PN_XNUM = 0xffff;

  /** {@code EI_CLASS} and {@code EI_DATA} values. */
  static final int ELFCLASS32 = 1;

  public static final int ELFCLASS64 = 2;
  public static final int ELFDATA2LSB = 1;
  public static final int ELFDATA2MSB = 2;

  private static final int EI_CLASS = 4;
  private static final int EI_DATA = 5;

  /**
   * The largest believable number of program headers. A filtered dump has one for each run of
   * memory: this many would be every other 2 MiB of 64 TiB.
   */
  private static final int MAX_PROGRAM_HEADERS = 1 << 24;

  /** Whether a file begins like an ELF file. */
  public static boolean startsElf(DumpInput input) throws IOException {
    return input.startsWith(MAGIC);
  }

  /** Bytes of a program header of this class. */
  static int programHeaderSize(boolean is64) {
    return is64 ? 56 : 32;
  }

  /**
   * @throws UnsupportedDumpException when the file is an ELF file but not a core file
   */
  static ElfHeader read(DumpInput input) throws IOException, DumpException {
    byte[] ident = input.readFully(0, 16, "e_ident");
    if (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64) {
      throw new DamagedDumpException(
          input, EI_CLASS, "EI_CLASS", "%d is neither 1 nor 2".formatted(ident[EI_CLASS]));
    }
    if (ident[EI_DATA] != ELFDATA2LSB && ident[EI_DATA] != ELFDATA2MSB) {
      throw new DamagedDumpException(
          input, EI_DATA, "EI_DATA", "%d is neither 1 nor 2".formatted(ident[EI_DATA]));
    }
    boolean is64 = ident[EI_CLASS] == ELFCLASS64;
    ByteOrder order =
        ident[EI_DATA] == ELFDATA2LSB ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    ByteBuffer header =
        ByteBuffer.wrap(input.readFully(0, is64 ? 64 : 52, "ELF header")).order(order);
    int type = Short.toUnsignedInt(header.getShort(16));
    if (type != ET_CORE) {
      throw new UnsupportedDumpException(
          input,
          "an ELF file with e_type %d, not a core file (4)".formatted(type),
          type == 2 || type == 3
              ? "a kernel image such as vmlinux goes with a dump, not in its place: name the vmcore"
              : "name the vmcore itself");
    }
    int phentsizeAt = is64 ? 54 : 42;
    int size = Short.toUnsignedInt(header.getShort(phentsizeAt));
    if (size < programHeaderSize(is64)) {
      throw new DamagedDumpException(
          input,
          phentsizeAt,
          "e_phentsize",
          "%d is less than %d".formatted(size, programHeaderSize(is64)));
    }
    int phoffAt = is64 ? 32 : 28;
    long offset = is64 ? header.getLong(phoffAt) : Integer.toUnsignedLong(header.getInt(phoffAt));
    long count = programHeaderCount(input, header, is64);
    if (offset < 0 || offset > input.size() || count * size > input.size() - offset) {
      throw new DamagedDumpException(
          input,
          phoffAt,
          "e_phoff",
          "%d program headers of %d bytes at %#x go past the end of the file at %#x"
              .formatted(count, size, offset, input.size()));
    }
    return new ElfHeader(
        is64, order, Short.toUnsignedInt(header.getShort(18)), offset, size, (int) count);
  }

  private static long programHeaderCount(DumpInput input, ByteBuffer header, boolean is64)
      throws IOException, DamagedDumpException {
    long at = is64 ? 56 : 44;
    String field = "e_phnum";
    long count = Short.toUnsignedLong(header.getShort((int) at));
    if (count == PN_XNUM) {
      long sections = is64 ? header.getLong(40) : Integer.toUnsignedLong(header.getInt(32));
      if (sections == 0) {
        throw new DamagedDumpException(
            input, at, field, "65535 (PN_XNUM) needs a section header, but e_shoff is 0");
      }
      at = sections + (is64 ? 44 : 28);
      field = "sh_info";
      count =
          Integer.toUnsignedLong(
              ByteBuffer.wrap(input.readFully(at, Integer.BYTES, field))
                  .order(header.order())
                  .getInt());
    }
    if (count == 0 || count > MAX_PROGRAM_HEADERS) {
      throw new DamagedDumpException(
          input, at, field, "%d is not from 1 to %d".formatted(count, MAX_PROGRAM_HEADERS));
    }
    return count;
  }
}
