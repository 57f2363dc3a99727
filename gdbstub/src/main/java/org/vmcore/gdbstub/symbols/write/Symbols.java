package org.vmcore.gdbstub.symbols.write;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.PerCpuSection;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.ModuleSymbols;
import org.vmcore.gdbstub.symbols.write.elf.Anchor;
import org.vmcore.gdbstub.symbols.write.elf.Bytes;

/**
 * The symbols of a kernel or of a module, in the order of their addresses. A kernel has hundreds of
 * thousands: they are numbers here, and their names are what becomes the file's table of them.
 */
final class Symbols {
  private static final byte[] COLD = ".cold".getBytes(ISO_8859_1);

  private final Bytes text = new Bytes(ByteOrder.LITTLE_ENDIAN, 1 << 12);
  private final int[] names;
  private final char[] types;
  private final long[] addresses;
  private final long[] sizes;
  private final Anchor[] anchors;
  private final long imageStart;
  private final Optional<PerCpuSection> perCpu;
  private int count;
  private byte[] bytes = new byte[0];

  /**
   * @param imageStart what addresses of the image count from; 0 where there is none
   */
  Symbols(int capacity, long imageStart, Optional<PerCpuSection> perCpu) {
    this.names = new int[capacity + 1];
    this.types = new char[capacity];
    this.addresses = new long[capacity];
    this.sizes = new long[capacity];
    this.anchors = new Anchor[capacity];
    this.imageStart = imageStart;
    this.perCpu = perCpu;
  }

  /** Those of the kernel. */
  static Symbols of(Kallsyms table, Optional<PerCpuSection> perCpu) {
    Symbols symbols = new Symbols(table.count(), imageStart(table, perCpu), perCpu);
    symbols.text.u1(0);
    table.forEach(
        (symbol, name, start, length, type, address) ->
            symbols.add(
                name,
                start,
                length,
                type,
                address,
                table.size(symbol),
                anchor(type, address, perCpu)));
    return symbols.end();
  }

  /** Where the first symbol is that KASLR moves; what moves with it counts from there. */
  static long imageStart(Kallsyms table, Optional<PerCpuSection> perCpu) {
    for (int i = 0; i < table.count(); i++) {
      if (anchor(table.type(i), table.address(i), perCpu) == Anchor.IMAGE) {
        return table.address(i);
      }
    }
    return 0;
  }

  static Anchor anchor(char type, long address, Optional<PerCpuSection> perCpu) {
    if (perCpu.isPresent()) {
      PerCpuSection section = perCpu.get();
      // Nothing else has the address of its end where it is apart.
      if (section.contains(address) || (section.isApart() && address == section.end())) {
        return Anchor.PER_CPU;
      }
    }
    return isAbsolute(type) ? Anchor.NONE : Anchor.IMAGE;
  }

  /** Those of a module. */
  static Symbols of(KernelModule module, Optional<PerCpuSection> perCpu) {
    List<ModuleSymbols.Symbol> all =
        module.symbols().map(ModuleSymbols::all).orElse(List.of()).stream()
            .sorted(Comparator.comparing(ModuleSymbols.Symbol::address, Long::compareUnsigned))
            .toList();
    Symbols symbols = new Symbols(all.size(), 0, perCpu);
    for (ModuleSymbols.Symbol symbol : all) {
      byte[] name = symbol.name().getBytes(ISO_8859_1);
      boolean isPerCpu =
          perCpu.isPresent()
              && perCpu.get().unitContains(symbol.address())
              && Long.compareUnsigned(symbol.address() - module.base(), module.size()) >= 0;
      symbols.add(
          name,
          0,
          name.length,
          symbol.type(),
          symbol.address(),
          symbol.size(),
          isPerCpu ? Anchor.PER_CPU : Anchor.NONE);
    }
    return symbols.end();
  }

  void add(byte[] name, int start, int length, char type, long address, long size, Anchor anchor) {
    names[count] = text.size();
    text.bytes(name, start, length).u1(0);
    types[count] = type;
    addresses[count] = address;
    sizes[count] = size;
    anchors[count] = anchor;
    count++;
  }

  Symbols end() {
    names[count] = text.size();
    bytes = text.toArray();
    return this;
  }

  int count() {
    return count;
  }

  /** The names with a NUL behind each, those of the kernel behind an empty one. */
  byte[] text() {
    return bytes;
  }

  /** Where a symbol's name starts in {@link #text}. */
  int nameStart(int i) {
    return names[i];
  }

  int nameLength(int i) {
    return names[i + 1] - names[i] - 1;
  }

  String name(int i) {
    return new String(bytes, nameStart(i), nameLength(i), ISO_8859_1);
  }

  /** As nm prints it. */
  char type(int i) {
    return types[i];
  }

  /** In this run. */
  long address(int i) {
    return addresses[i];
  }

  /** Bytes up to the next symbol; 0 where that tells nothing. */
  long size(int i) {
    return sizes[i];
  }

  Anchor anchor(int i) {
    return anchors[i];
  }

  /** A symbol's address from its anchor. */
  long offset(int i) {
    return addresses[i] - start(anchors[i]);
  }

  /** Where an anchor is in this run. */
  long start(Anchor anchor) {
    return switch (anchor) {
      case NONE -> 0;
      case IMAGE -> imageStart;
      case PER_CPU -> perCpu.map(PerCpuSection::start).orElse(0L);
    };
  }

  boolean isCode(int i) {
    char letter = Character.toLowerCase(types[i]);
    return letter == 't' || letter == 'w';
  }

  boolean isGlobal(int i) {
    return Character.isUpperCase(types[i]);
  }

  boolean isWeak(int i) {
    char letter = Character.toLowerCase(types[i]);
    return letter == 'w' || letter == 'v';
  }

  /** Neither code nor data, but a number. */
  boolean isAbsolute(int i) {
    return isAbsolute(types[i]);
  }

  private static boolean isAbsolute(char type) {
    return Character.toLowerCase(type) == 'a';
  }

  /** Whether it is a label that marks where something starts or ends. */
  boolean isMark(int i) {
    return SymbolNaming.isMark(bytes, nameStart(i), nameLength(i));
  }

  /** How much of the name is the function's name in the source. */
  int sourceLength(int i) {
    return SymbolNaming.sourceLength(bytes, nameStart(i), nameLength(i));
  }

  /** Whether it is what the compiler moved away from a function, of {@link #hotLength}'s name. */
  boolean isCold(int i) {
    int at = names[i + 1] - 1 - COLD.length;
    return at > names[i] && Arrays.equals(bytes, at, at + COLD.length, COLD, 0, COLD.length);
  }

  /** How much of the name of a cold part is that of its function. */
  int hotLength(int i) {
    return nameLength(i) - COLD.length;
  }
}
