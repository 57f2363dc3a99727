package org.vmcore.gdbstub.symbols.write;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.symbols.write.Part.Memory;
import org.vmcore.gdbstub.symbols.write.Regions.Kind;
import org.vmcore.gdbstub.symbols.write.Regions.Region;
import org.vmcore.gdbstub.symbols.write.dwarf.DebugInfo;
import org.vmcore.gdbstub.symbols.write.dwarf.Unit;
import org.vmcore.gdbstub.symbols.write.elf.Anchor;
import org.vmcore.gdbstub.symbols.write.elf.Anchored;
import org.vmcore.gdbstub.symbols.write.elf.Bytes;
import org.vmcore.gdbstub.symbols.write.elf.ElfBuilder;

/** Makes a part of a file, of the kernel's symbols and types or of those of its modules. */
final class PartBuilder {
  private final int word;
  private final int codeBits;
  private final byte[] stringsBefore;
  private final int namesStart;
  private Optional<Integer> perCpuSection;
  private final DebugInfo debug;
  private final Anchored locals;
  private final Anchored globals;
  private final Bytes names;
  private final List<Memory> memory = new ArrayList<>();
  private final int firstSection;
  private int[] types = new int[0];

  /**
   * @param codeBits of functions' addresses, see {@link SymbolTarget}
   * @param before what the file has before this part; empty for the first
   */
  PartBuilder(ByteOrder order, int word, int codeBits, String producer, Optional<Part> before) {
    DebugInfo.Start start = before.map(Part::end).orElse(DebugInfo.Start.NONE);
    this.word = word;
    this.codeBits = codeBits;
    this.stringsBefore = before.map(Part::strings).orElse(new byte[0]);
    this.namesStart = before.map(part -> part.names().length).orElse(0);
    this.firstSection = before.map(part -> part.memory().size()).orElse(0) + 1;
    this.perCpuSection = before.flatMap(Part::perCpuSection);
    this.debug = new DebugInfo(order, word, producer, start);
    this.locals = new Anchored(order, word);
    this.globals = new Anchored(order, word);
    this.names = new Bytes(order);
  }

  /**
   * A string table starts with the empty name (gABI, chapter 4, String Table); that of the kernel's
   * symbols has it.
   */
  void addEmptyName() {
    names.u1(0);
  }

  int sections() {
    return firstSection + memory.size();
  }

  /** See {@link DebugInfo#namesAreAtStart}. */
  void namesAreAtStart(TypeTable table) {
    debug.namesAreAtStart(table);
  }

  /**
   * Adds symbols alone.
   *
   * @param prefix of the names of sections
   */
  void add(String prefix, Symbols symbols, List<Region> regions) {
    int first = sections();
    Map<Kind, Integer> seen = new EnumMap<>(Kind.class);
    for (Region region : regions) {
      int number = seen.merge(region.kind(), 1, Integer::sum);
      String name = prefix + region.kind().section() + (number == 1 ? "" : "." + number);
      memory.add(new Memory(name, region));
      if (region.kind() == Kind.PER_CPU) {
        perCpuSection = Optional.of(sections() - 1);
      }
    }
    int nameStart = namesStart + names.size();
    names.bytes(symbols.text());
    int last = 0;
    for (int i = 0; i < symbols.count(); i++) {
      last = region(symbols, i, regions, last);
      symbol(symbols, i, nameStart, last < 0 ? null : regions.get(last), first + last);
      last = Math.max(last, 0);
    }
  }

  /** The region that a symbol is in, most likely that of the last one; negative for none. */
  private static int region(Symbols symbols, int symbol, List<Region> regions, int last) {
    Anchor anchor = symbols.anchor(symbol);
    long offset = symbols.offset(symbol);
    for (int i = 0; i < regions.size(); i++) {
      int candidate = (last + i) % regions.size();
      if (regions.get(candidate).contains(anchor, offset)) {
        return candidate;
      }
    }
    return -1;
  }

  private void symbol(Symbols symbols, int i, int nameStart, @Nullable Region region, int number) {
    int section = ElfBuilder.SHN_ABS;
    int type = ElfBuilder.STT_NOTYPE;
    if (region != null) {
      section = number;
      type = region.kind() == Kind.CODE ? ElfBuilder.STT_FUNC : ElfBuilder.STT_OBJECT;
    } else if (symbols.anchor(i) == Anchor.PER_CPU && perCpuSection.isPresent()) {
      // The section's end, and the variables of modules, which are behind it.
      section = perCpuSection.get();
      type = ElfBuilder.STT_OBJECT;
    }
    boolean isMark = symbols.isMark(i);
    boolean isFunction = type == ElfBuilder.STT_FUNC && !isMark;
    int binding =
        symbols.isWeak(i)
            ? ElfBuilder.STB_WEAK
            : symbols.isGlobal(i) ? ElfBuilder.STB_GLOBAL : ElfBuilder.STB_LOCAL;
    ElfBuilder.symbol(
        binding == ElfBuilder.STB_LOCAL ? locals : globals,
        word,
        nameStart + symbols.nameStart(i),
        binding,
        isMark ? ElfBuilder.STT_NOTYPE : type,
        section,
        symbols.anchor(i),
        symbols.offset(i) | (isFunction ? codeBits : 0),
        isMark ? 0 : symbols.size(i));
  }

  /**
   * Adds what is known of symbols that were added, and their types.
   *
   * @param baseTypes where types with lower numbers are in .debug_info
   */
  void describe(
      String name,
      Symbols symbols,
      List<Region> regions,
      TypeTable table,
      int[] baseTypes,
      Optional<KnownVariables> known) {
    if (regions.stream().anyMatch(region -> region.kind() == Kind.CODE)) {
      Contents contents = new Contents(symbols, table, known);
      Unit unit = debug.unit(name, table, baseTypes);
      contents.writeVariables(unit);
      types = unit.end();
      contents.writeFunctions(debug, name, table, unit.functions(), stringsBefore);
    }
  }

  Part toPart() {
    return new Part(
        memory,
        locals.toPiece(),
        globals.toPiece(),
        debug.info(),
        debug.ranges(),
        Anchored.Piece.of(new byte[0]),
        ElfBuilder.printable(names.toArray()),
        debug.abbreviations(),
        ElfBuilder.printable(debug.strings()),
        types);
  }
}
