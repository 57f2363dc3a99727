package org.vmcore.gdbstub.linux.symbols;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * A module's own symbol table as the kernel keeps it: {@code struct mod_kallsyms}, ELF symbols with
 * run-time addresses.
 *
 * @param table address of the {@code Elf_Sym}s
 * @param count how many
 * @param texts address of their names
 * @param types address of nm's letters, one byte for each symbol, since 5.2 (commit 1c7651f43777,
 *     "kallsyms: store type information in its own array"); 0 before, when st_info had them or,
 *     from 4.20 on, st_size (commit 5439c985c5a8, "module: Overwrite st_size instead of st_info")
 */
public record ModuleSymbols(KernelMemory memory, long table, int count, long texts, long types) {
  static final int MAX_COUNT = 1 << 20;

  private static final int MAX_NAME = 512;
  private static final int MAX_TEXTS = 64 << 20;

  // gABI, chapter 4, Elf64_Sym and Elf32_Sym.
  private static final int SIZE_64 = 24;
  private static final int SIZE_32 = 16;

  /**
   * Where Arm code, Thumb code, data and RISC-V's code begin (ELF for the Arm Architecture, IHI
   * 0044, 4.5.5; RISC-V ELF psABI, "Mapping Symbol").
   */
  private static final Pattern MARK = Pattern.compile("\\$[adtx]");

  private static final String THUMB_MARK = "$t";

  /** nm's letters for what is in code. */
  private static final String FUNCTIONS = "tTwW";

  /** nm's letter for SHN_UNDEF. */
  private static final int NO_SECTION = 'U';

  /**
   * @param type as nm prints it
   * @param size bytes, or 0 where it is not known
   */
  public record Symbol(String name, char type, long address, long size) {}

  /**
   * Whether the empty symbol, with which each table starts, is at an address. The kernel writes a
   * letter into it as into the others: 'U', for it is in no section.
   */
  static boolean startsTable(KernelMemory memory, long address) {
    boolean wide = memory.wordBytes() == Long.BYTES;
    Optional<ByteBuffer> read = memory.bytes(address, wide ? SIZE_64 : SIZE_32);
    if (read.isEmpty()) {
      return false;
    }
    ByteBuffer symbol = read.get();
    int info = wide ? 4 : 12;
    long value = memory.word(symbol, wide ? 8 : 4);
    long size = memory.word(symbol, wide ? 16 : 8);
    return symbol.getInt(0) == 0
        && (symbol.get(info) == 0 || symbol.get(info) == NO_SECTION)
        && symbol.get(info + 1) == 0
        && symbol.getShort(info + 2) == 0
        && value == 0
        && (size == 0 || size == NO_SECTION);
  }

  /**
   * The symbols that have a name, in the order of the table; those that cannot be read are left
   * out. So are the marks of assemblers, which the kernel passes over when it looks for the name of
   * an address ({@code is_mapping_symbol}, Linux include/linux/module_symbol.h). Of a function of
   * Thumb code bit 0 of the address is 0 here (arch/arm/include/asm/module.h, {@code
   * kallsyms_symbol_value}).
   */
  public List<Symbol> all() {
    boolean wide = memory.wordBytes() == Long.BYTES;
    int each = wide ? SIZE_64 : SIZE_32;
    byte[] entries = memory.upTo(table, count * each);
    ByteBuffer symbols = ByteBuffer.wrap(entries).order(memory.byteOrder());
    Optional<ByteBuffer> letters = types == 0 ? Optional.empty() : memory.bytes(types, count);
    byte[] names = names(symbols, entries.length / each, each);
    List<Symbol> all = new ArrayList<>();
    boolean hasThumb = false;
    for (int i = 0; i < entries.length / each; i++) {
      int at = i * each;
      String name = text(names, symbols.getInt(at));
      hasThumb |= name.equals(THUMB_MARK);
      if (!name.isEmpty() && !MARK.matcher(name).lookingAt()) {
        long value =
            wide ? symbols.getLong(at + 8) : Integer.toUnsignedLong(symbols.getInt(at + 4));
        long size =
            wide ? symbols.getLong(at + 16) : Integer.toUnsignedLong(symbols.getInt(at + 8));
        char info = (char) (symbols.get(at + (wide ? 4 : 12)) & 0xff);
        if (letters.isPresent()) {
          all.add(new Symbol(name, (char) (letters.get().get(i) & 0xff), value, size));
        } else if (Character.isLetter(info)) {
          all.add(new Symbol(name, info, value, size));
        } else {
          all.add(new Symbol(name, (char) (size & 0xff), value, 0));
        }
      }
    }
    if (hasThumb) {
      all.replaceAll(ModuleSymbols::withoutThumbBit);
    }
    return all;
  }

  private static Symbol withoutThumbBit(Symbol symbol) {
    return FUNCTIONS.indexOf(symbol.type()) < 0
        ? symbol
        : new Symbol(symbol.name(), symbol.type(), symbol.address() & ~1L, symbol.size());
  }

  private byte[] names(ByteBuffer symbols, int readable, int each) {
    long end = 0;
    for (int i = 0; i < readable; i++) {
      end = Math.max(end, Integer.toUnsignedLong(symbols.getInt(i * each)) + MAX_NAME);
    }
    return memory.upTo(texts, (int) Math.min(end, MAX_TEXTS));
  }

  private static String text(byte[] names, int start) {
    if (start < 0 || start >= names.length) {
      return "";
    }
    int end = start;
    while (end < names.length && names[end] != 0 && end - start < MAX_NAME) {
      end++;
    }
    return new String(names, start, PlainNames.length(names, start, end - start), ISO_8859_1);
  }
}
