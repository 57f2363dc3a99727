package org.vmcore.gdbstub.symbols.read.elf;

/**
 * A section of an ELF file (gABI, "Section Header").
 *
 * @param index its number
 * @param type {@code sh_type}
 * @param flags {@code sh_flags}
 * @param address {@code sh_addr}
 * @param offset {@code sh_offset}, of its bytes in the file
 * @param size {@code sh_size}
 * @param link {@code sh_link}, the number of another section, unsigned
 * @param info {@code sh_info}, of a table of relocations the number of the section that they change
 * @param entrySize {@code sh_entsize}
 * @param headerOffset of its header in the file
 */
public record Section(
    int index,
    String name,
    int type,
    long flags,
    long address,
    long offset,
    long size,
    int link,
    int info,
    long entrySize,
    long headerOffset) {
  public static final int SHT_NULL = 0;
  public static final int SHT_SYMTAB = 2;
  public static final int SHT_STRTAB = 3;
  public static final int SHT_RELA = 4;
  public static final int SHT_NOTE = 7;
  public static final int SHT_NOBITS = 8;
  public static final int SHT_REL = 9;

  private static final long SHF_ALLOC = 1 << 1;
  private static final long SHF_COMPRESSED = 1 << 11;

  /** Whether it has bytes in the file. */
  public boolean isStored() {
    return type != SHT_NULL && type != SHT_NOBITS;
  }

  /** Whether it is in memory when the program runs. */
  public boolean isLoaded() {
    return (flags & SHF_ALLOC) != 0;
  }

  /** Whether its bytes begin with a header that tells how they are compressed. */
  boolean isCompressed() {
    return (flags & SHF_COMPRESSED) != 0;
  }
}
