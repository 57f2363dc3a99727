package org.vmcore.gdbstub.symbols.write;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
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
import org.vmcore.gdbstub.symbols.write.dwarf.DebugInfo;
import org.vmcore.gdbstub.symbols.write.dwarf.Unit;
import org.vmcore.gdbstub.symbols.write.elf.Anchor;
import org.vmcore.gdbstub.symbols.write.elf.Bytes;

/** The functions and variables of a kernel or a module: its symbols with what is known of each. */
final class Contents {
  /**
   * How many functions there are in a unit: a backtrace is of ten, and with fewer in each the types
   * that they share would be written more often.
   */
  private static final int FUNCTIONS = 256;

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
   * @param unit the name of their units
   * @param known see {@link Unit#functions}
   * @param before what the section of strings has of the kernel, where this is a module
   */
  void writeFunctions(DebugInfo debug, String unit, TypeTable table, int[] known, byte[] before) {
    Functions functions = new Functions(known, before, debug.strings());
    List<List<Integer>> parts = parts();
    List<List<Unit.Code>> code = functions.code(parts);
    for (int part = 0; part < parts.size(); part++) {
      Unit to = debug.functions(unit, table, code.get(part));
      parts.get(part).forEach(symbol -> functions.write(to, symbol));
      to.end();
    }
  }

  private boolean isFunction(int symbol) {
    return symbols.isCode(symbol) && symbols.size(symbol) > 0 && !symbols.isCold(symbol);
  }

  /** The symbols of functions, by the units that they are to be in. */
  private List<List<Integer>> parts() {
    List<List<Integer>> parts = new ArrayList<>();
    for (int i = 0; i < symbols.count(); i++) {
      if (isFunction(i)) {
        if (parts.isEmpty() || parts.get(parts.size() - 1).size() == FUNCTIONS) {
          parts.add(new ArrayList<>(FUNCTIONS));
        }
        parts.get(parts.size() - 1).add(i);
      }
    }
    return parts;
  }

  /** What is known of functions. */
  private final class Functions {
    private final int[] known;
    private final NameIndex prototypes;
    private final int[] cold = coldParts();

    Functions(int[] known, byte[] before, byte[] strings) {
      this.known = known;
      this.prototypes = prototypes(known, before, strings);
    }

    /** The code of each part, in the order of addresses; what was moved away is with the rest. */
    List<List<Unit.Code>> code(List<List<Integer>> parts) {
      int[] owners = new int[symbols.count()];
      Arrays.fill(owners, -1);
      List<List<Unit.Code>> code = new ArrayList<>();
      for (int part = 0; part < parts.size(); part++) {
        code.add(new ArrayList<>());
        for (int symbol : parts.get(part)) {
          owners[symbol] = part;
          if (cold[symbol] != 0) {
            owners[cold[symbol]] = part;
          }
        }
      }
      for (int i = 0; i < symbols.count(); i++) {
        if (owners[i] >= 0) {
          add(code.get(owners[i]), Contents.this.code(i));
        }
      }
      return code;
    }

    private static void add(List<Unit.Code> to, Unit.Code more) {
      int last = to.size() - 1;
      if (last >= 0 && to.get(last).isBefore(more)) {
        Unit.Code before = to.get(last);
        to.set(last, new Unit.Code(before.anchor(), before.start(), before.size() + more.size()));
      } else {
        to.add(more);
      }
    }

    void write(Unit unit, int i) {
      int length = symbols.sourceLength(i);
      int function =
          isAmbiguous(i)
              ? NameIndex.NONE
              : prototypes.find(symbols.text(), symbols.nameStart(i), length);
      boolean isClone = length != symbols.nameLength(i);
      if (function != NameIndex.NONE || cold[i] != 0 || isClone) {
        boolean isTyped = function != NameIndex.NONE;
        unit.function(
            isTyped ? known[function] : unit.name(symbols.text(), symbols.nameStart(i), length),
            symbols.isGlobal(i),
            Contents.this.code(i),
            cold[i] == 0 ? Unit.Code.NONE : Contents.this.code(cold[i]),
            isTyped ? known[function + 1] : Unit.NO_PROTOTYPE);
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
   * was there for booting alone: a debugger that lists all variables stops at the first whose
   * memory is not there any more, as gdb does for DAP.
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
