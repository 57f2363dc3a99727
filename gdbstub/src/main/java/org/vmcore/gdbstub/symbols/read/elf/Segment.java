package org.vmcore.gdbstub.symbols.read.elf;

/**
 * A segment of an ELF file (gABI, "Program Header").
 *
 * @param type {@code p_type}, such as {@link #PT_LOAD}
 * @param offset {@code p_offset}, of its bytes in the file
 * @param address {@code p_vaddr}
 * @param fileSize {@code p_filesz}
 * @param headerOffset of its header in the file
 */
public record Segment(int type, long offset, long address, long fileSize, long headerOffset) {
  public static final int PT_LOAD = 1;

  static final int PT_NOTE = 4;
}
