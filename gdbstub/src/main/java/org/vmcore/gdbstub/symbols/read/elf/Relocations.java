package org.vmcore.gdbstub.symbols.read.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.vmcore.arch.Architectures;

/**
 * Relocations of debugging information (gABI, "Relocation"): absolute values of 4 or 8 bytes.
 * Others, such as the differences of RISC-V, only tell the lengths of code.
 *
 * <pre>
 * ELF64: u64 r_offset, u32 type, u32 symbol [, s64 r_addend]   both u32 as one number, r_info
 * ELF32: u32 r_offset, u8 type, u24 symbol  [, s32 r_addend]
 * </pre>
 */
public final class Relocations {
  /** Entries that are read at once. */
  private static final int PIECE_ENTRIES = 1 << 15;

  private final ObjectFile file;
  private final Section table;
  private final Optional<Symbols> symbols;
  private final ByteBuffer bytes;
  private final boolean is64;
  private final boolean hasAddend;
  private final int entryBytes;

  private Relocations(ObjectFile file, Section table, Optional<Symbols> symbols, ByteBuffer bytes) {
    this.file = file;
    this.table = table;
    this.symbols = symbols;
    this.bytes = bytes;
    this.is64 = file.wordBytes() == Long.BYTES;
    this.hasAddend = table.type() == Section.SHT_RELA;
    this.entryBytes = (hasAddend ? 3 : 2) * file.wordBytes();
  }

  /**
   * Relocates the bytes of a section.
   *
   * @throws ElfFormatException when a table of its relocations makes no sense
   */
  static void apply(ObjectFile file, Section section, ByteBuffer bytes) throws IOException {
    List<Section> tables = file.relocations(section).toList();
    if (!tables.isEmpty()) {
      Optional<Symbols> symbols = file.symbols();
      for (Section table : tables) {
        new Relocations(file, table, symbols, bytes).apply();
      }
    }
  }

  private void apply() throws IOException {
    SectionData data = file.data(table);
    int piece = PIECE_ENTRIES * entryBytes;
    for (long at = 0; at + entryBytes <= data.size(); at += piece) {
      int length = (int) Math.min(piece, data.size() - at);
      ByteBuffer entries = ByteBuffer.wrap(data.read(at, length)).order(file.order());
      for (int entry = 0; entry + entryBytes <= length; entry += entryBytes) {
        apply(entries, entry);
      }
    }
  }

  private void apply(ByteBuffer entries, int entry) {
    long at;
    int type;
    int symbol;
    if (is64) {
      long info = entries.getLong(entry + 8);
      at = entries.getLong(entry);
      type = (int) info;
      symbol = (int) (info >>> 32);
    } else {
      int info = entries.getInt(entry + 4);
      at = Integer.toUnsignedLong(entries.getInt(entry));
      type = info & 0xff;
      symbol = info >>> 8;
    }
    int width = width(file.machine(), type);
    if (width == 0 || at < 0 || at > bytes.limit() - width) {
      return;
    }
    long addend;
    if (!hasAddend) {
      addend = bytes.getInt((int) at);
    } else {
      addend = is64 ? entries.getLong(entry + 16) : entries.getInt(entry + 8);
    }
    long value = symbols.map(table -> valueOf(table, symbol)).orElse(0L) + addend;
    if (width == Integer.BYTES) {
      bytes.putInt((int) at, (int) value);
    } else {
      bytes.putLong((int) at, value);
    }
  }

  private long valueOf(Symbols table, int symbol) {
    return table.valueOf(symbol) + file.address(table.sectionOf(symbol));
  }

  /** Bytes that it sets; 0 for one of no interest, or of a machine that is not known. */
  private static int width(int machine, long type) {
    return Architectures.elf(machine, ByteOrder.LITTLE_ENDIAN)
        .map(abi -> abi.absoluteBytes(type))
        .orElse(0);
  }
}
