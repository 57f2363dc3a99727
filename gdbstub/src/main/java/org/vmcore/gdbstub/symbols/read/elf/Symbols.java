package org.vmcore.gdbstub.symbols.read.elf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * The symbols of an ELF file by name (gABI, "Symbol Table"): the table and its names as the bytes
 * that they are in the file, and a number for each symbol to find it by its name. Immutable.
 */
public final class Symbols {
  private static final int BYTES_64 = 24;
  private static final int BYTES_32 = 16;

  private static final int SHN_UNDEF = 0;
  private static final int STB_LOCAL = 0;
  private static final int STT_SECTION = 3;
  private static final int STT_FILE = 4;

  /** Longer names are none of a kernel's (KSYM_NAME_LEN is 512), and cost time without end. */
  private static final int LONGEST_NAME = 4096;

  private final ByteBuffer symbols;
  private final byte[] texts;
  private final boolean is64;
  private final int bytes;

  /** Numbers of symbols by the hash of their names: an open hash table, at most half full. */
  private final int[] slots;

  /** Unknown to those who would choose names that collide. */
  private final int base = ThreadLocalRandom.current().nextInt() | 1;

  /**
   * @param symbols the table
   * @param texts its names
   */
  private Symbols(ByteBuffer symbols, byte[] texts, boolean is64) {
    this.symbols = symbols;
    this.texts = texts;
    this.is64 = is64;
    this.bytes = is64 ? BYTES_64 : BYTES_32;
    int count = symbols.limit() / bytes;
    this.slots = new int[Integer.highestOneBit(Math.max(2 * count, 2)) * 2];
    for (int i = 1; i < count; i++) {
      if (isDefined(i)) {
        add(i);
      }
    }
  }

  /**
   * Where the symbols of a file are.
   *
   * @param table of type SHT_SYMTAB
   * @param names their names, of type SHT_STRTAB
   */
  record Place(Section table, Section names) {

    /**
     * @throws ElfFormatException when the headers do not go together
     */
    static Place of(DumpInput input, SectionTable sections, Section table, boolean is64)
        throws ElfFormatException {
      int bytes = is64 ? BYTES_64 : BYTES_32;
      if (table.entrySize() != bytes) {
        throw new ElfFormatException(
            input,
            table.headerOffset() + (is64 ? 56 : 36),
            "sh_entsize of " + table.name(),
            "%s, and not %d".formatted(Long.toUnsignedString(table.entrySize()), bytes));
      }
      int names = table.link();
      if (names < 0 || names >= sections.count() || sections.type(names) != Section.SHT_STRTAB) {
        throw new ElfFormatException(
            input,
            table.headerOffset() + (is64 ? 40 : 24),
            "sh_link of " + table.name(),
            "section %s holds no names".formatted(Integer.toUnsignedString(names)));
      }
      return new Place(table, sections.section(names));
    }
  }

  static Symbols read(ObjectFile file, Place place) throws IOException {
    return new Symbols(
        ByteBuffer.wrap(file.data(place.table()).readAll()).order(file.order()),
        file.data(place.names()).readAll(),
        file.wordBytes() == Long.BYTES);
  }

  /**
   * The value of a symbol that is defined; of several with one name that of a global one, or else
   * of the first.
   */
  public OptionalLong value(String name) {
    byte[] text = name.getBytes(ISO_8859_1);
    int symbol = slots[slot(text, 0, text.length)];
    return symbol == 0 ? OptionalLong.empty() : OptionalLong.of(value(symbol));
  }

  /** The value of the symbol of a number; 0 where there is none. */
  long valueOf(int symbol) {
    return symbol >= 0 && symbol < symbols.limit() / bytes ? value(symbol) : 0;
  }

  /** The number of the section that a symbol is in; 0 where it is in none, or is none itself. */
  int sectionOf(int symbol) {
    return symbol >= 0 && symbol < symbols.limit() / bytes ? section(symbol) & 0xffff : SHN_UNDEF;
  }

  private boolean isDefined(int symbol) {
    int type = info(symbol) & 0xf;
    int name = name(symbol);
    return name > 0
        && name < texts.length
        && texts[name] != 0
        && section(symbol) != SHN_UNDEF
        && type != STT_SECTION
        && type != STT_FILE;
  }

  private void add(int symbol) {
    int name = name(symbol);
    int length = length(name);
    if (length > LONGEST_NAME) {
      return;
    }
    int slot = slot(texts, name, name + length);
    int other = slots[slot];
    if (other == 0 || (isLocal(other) && !isLocal(symbol))) {
      slots[slot] = symbol;
    }
  }

  /** Where a name is, or the free place where it would be. */
  private int slot(byte[] from, int start, int end) {
    int slot = hash(from, start, end) & slots.length - 1;
    while (slots[slot] != 0) {
      int other = name(slots[slot]);
      int otherEnd = other + end - start;
      if ((otherEnd == texts.length || (otherEnd < texts.length && texts[otherEnd] == 0))
          && Arrays.equals(texts, other, otherEnd, from, start, end)) {
        return slot;
      }
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }

  private int hash(byte[] from, int start, int end) {
    int hash = 1;
    for (int i = start; i < end; i++) {
      hash = base * hash + from[i];
    }
    hash *= 0x9e3779b1;
    return hash ^ hash >>> 16;
  }

  private int length(int name) {
    int end = name;
    while (end < texts.length && texts[end] != 0 && end - name <= LONGEST_NAME) {
      end++;
    }
    return end - name;
  }

  private int name(int symbol) {
    return symbols.getInt(symbol * bytes);
  }

  private int info(int symbol) {
    return symbols.get(symbol * bytes + (is64 ? 4 : 12));
  }

  private boolean isLocal(int symbol) {
    return (info(symbol) >> 4 & 0xf) == STB_LOCAL;
  }

  private int section(int symbol) {
    return symbols.getShort(symbol * bytes + (is64 ? 6 : 14));
  }

  private long value(int symbol) {
    int at = symbol * bytes;
    return is64 ? symbols.getLong(at + 8) : Integer.toUnsignedLong(symbols.getInt(at + 4));
  }
}
