package org.vmcore.gdbstub.symbols.write;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.symbols.write.dwarf.DataType;
import org.vmcore.gdbstub.symbols.write.dwarf.Unit;
import org.vmcore.gdbstub.symbols.write.elf.Anchor;
import org.vmcore.gdbstub.symbols.write.elf.Bytes;

/** The functions and variables of a kernel or a module: its symbols with what is known of each. */
final class Contents {
  private final Symbols symbols;
  private final NameIndex byName;

  /** The first symbol of each one's name. */
  private final int[] first;

  /** Of the first symbol of each name, whether there are others: of which a type is is not told. */
  private final BitSet ambiguous = new BitSet();

  private final Map<String, TypeRef> variables = new HashMap<>();
  private final Map<String, DataType> known = new HashMap<>();

  /**
   * Looks for what is known of variables; to be made before the types are written, which are met by
   * that where they come from a compiler.
   */
  Contents(Symbols symbols, TypeTable types, Optional<KnownVariables> knownVariables) {
    this.symbols = symbols;
    this.byName = new NameIndex(symbols.text(), symbols.count());
    this.first = new int[symbols.count()];
    for (int i = 0; i < symbols.count(); i++) {
      int before = byName.add(symbols.nameStart(i), symbols.nameLength(i), i);
      first[i] = before == NameIndex.NONE ? i : before;
      if (before != NameIndex.NONE) {
        ambiguous.set(before);
      }
    }
    types.variables().forEach(v -> variables.putIfAbsent(v.name(), v.type()));
    knownVariables.ifPresent(this::findKnown);
  }

  private void findKnown(KnownVariables table) {
    for (String name : table.names()) {
      int symbol = find(name);
      if (symbol != NameIndex.NONE) {
        table.type(name, symbols.size(symbol)).ifPresent(type -> known.put(name, type));
      }
    }
  }

  private int find(String name) {
    byte[] bytes = name.getBytes(ISO_8859_1);
    return byName.find(bytes, 0, bytes.length);
  }

  /** The address of a symbol; 0 where there is none. */
  private long addressOf(String name) {
    int symbol = find(name);
    return symbol == NameIndex.NONE ? 0 : symbols.address(symbol);
  }

  private boolean isAmbiguous(int symbol) {
    return ambiguous.get(first[symbol]);
  }

  /**
   * Writes the functions that there is more to say of than a symbol does: what they take and
   * return, or their name in the source.
   *
   * @param before what the section of strings has of the kernel, where this is a module
   * @param strings what it has behind that
   */
  void writeFunctions(Unit unit, byte[] before, byte[] strings) {
    int[] functions = unit.functions();
    NameIndex prototypes = prototypes(functions, before, strings);
    int[] cold = coldParts();
    for (int i = 0; i < symbols.count(); i++) {
      if (symbols.isCode(i) && symbols.size(i) > 0 && !symbols.isCold(i)) {
        int length = symbols.sourceLength(i);
        int function =
            isAmbiguous(i)
                ? NameIndex.NONE
                : prototypes.find(symbols.text(), symbols.nameStart(i), length);
        boolean isClone = length != symbols.nameLength(i);
        if (function != NameIndex.NONE || cold[i] != 0 || isClone) {
          boolean isTyped = function != NameIndex.NONE;
          unit.function(
              isTyped
                  ? functions[function]
                  : unit.name(symbols.text(), symbols.nameStart(i), length),
              symbols.isGlobal(i),
              code(i),
              cold[i] == 0 ? Unit.Code.NONE : code(cold[i]),
              isTyped ? functions[function + 1] : Unit.NO_PROTOTYPE);
        }
      }
    }
  }

  private Unit.Code code(int symbol) {
    return new Unit.Code(symbols.anchor(symbol), symbols.offset(symbol), symbols.size(symbol));
  }

  /** Indexes of functions by their names. */
  private static NameIndex prototypes(int[] functions, byte[] before, byte[] strings) {
    Bytes text = new Bytes(ByteOrder.LITTLE_ENDIAN, strings.length);
    int[] starts = new int[functions.length / 2 + 1];
    for (int i = 0; i < functions.length; i += 2) {
      boolean isBefore = functions[i] < before.length;
      byte[] from = isBefore ? before : strings;
      int start = isBefore ? functions[i] : functions[i] - before.length;
      int end = start;
      while (end < from.length && from[end] != 0) {
        end++;
      }
      text.bytes(from, start, end - start);
      starts[i / 2 + 1] = text.size();
    }
    NameIndex index = new NameIndex(text.toArray(), starts.length);
    for (int i = 0; i < functions.length; i += 2) {
      index.add(starts[i / 2], starts[i / 2 + 1] - starts[i / 2], i);
    }
    return index;
  }

  /** What compilers moved away from functions, by the function's symbol; 0 for none. */
  private int[] coldParts() {
    int[] cold = new int[symbols.count()];
    for (int i = 0; i < symbols.count(); i++) {
      if (symbols.isCold(i) && symbols.size(i) > 0 && !isAmbiguous(i)) {
        int hot = byName.find(symbols.text(), symbols.nameStart(i), symbols.hotLength(i));
        if (hot != NameIndex.NONE && !ambiguous.get(hot)) {
          cold[hot] = i;
        }
      }
    }
    return cold;
  }

  /**
   * Writes the variables whose type is known, and those that are as large as a number; but for what
   * was there for booting alone: a debugger that lists all variables stops at the first whose memory
   * is not there any more, as gdb does for DAP.
   */
  void writeVariables(Unit unit) {
    long booting = addressOf("__init_begin");
    long bootingBytes = addressOf("__init_end") - booting;
    @Nullable String[] named = new String[symbols.count()];
    for (Set<String> names : List.of(variables.keySet(), known.keySet())) {
      for (String name : names) {
        int symbol = find(name);
        if (symbol != NameIndex.NONE) {
          named[symbol] = name;
        }
      }
    }
    for (int i = 0; i < symbols.count(); i++) {
      boolean isFreed =
          symbols.anchor(i) == Anchor.IMAGE
              && Long.compareUnsigned(symbols.address(i) - booting, bootingBytes) < 0;
      if (!symbols.isCode(i) && !isFreed) {
        DataType type = type(i, named[first[i]]);
        if (type != null && !symbols.isMark(i)) {
          int name = unit.name(symbols.text(), symbols.nameStart(i), symbols.nameLength(i));
          unit.variable(name, symbols.isGlobal(i), type, symbols.anchor(i), symbols.offset(i));
        }
      }
    }
  }

  /**
   * @param name the symbol's, where something is known of it
   */
  private @Nullable DataType type(int symbol, @Nullable String name) {
    if (name != null) {
      TypeRef variable = variables.get(name);
      if (variable != null && !isAmbiguous(symbol)) {
        return DataType.of(variable);
      }
      DataType type = known.get(name);
      if (type != null) {
        return type;
      }
    }
    long size = symbols.size(symbol);
    Regions.Kind kind = Regions.Kind.of(symbols.type(symbol));
    boolean isNumber =
        kind != null && kind.isVariable() && (size == 1 || size == 2 || size == 4 || size == 8);
    return isNumber ? DataType.unknown((int) size) : null;
  }
}
