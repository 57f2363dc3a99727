package org.vmcore.gdbstub.symbols.write;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.symbols.write.dwarf.DataType;
import org.vmcore.gdbstub.symbols.write.dwarf.DebugInfo;

/** The functions and variables of a kernel or a module: its symbols with what is known of each. */
final class Contents {
  private static final String COLD = ".cold";

  private static final Set<Long> NUMBER_SIZES = Set.of(1L, 2L, 4L, 8L);

  private final List<Symbol> symbols;
  private final TypeTable types;
  private final Optional<KnownVariables> known;

  /** Names that more than one symbol has: which of them a type is of is not told. */
  private final Set<String> ambiguous = new HashSet<>();

  Contents(List<Symbol> symbols, TypeTable types, Optional<KnownVariables> known) {
    this.symbols = symbols;
    this.types = types;
    this.known = known;
    Set<String> names = new HashSet<>();
    for (Symbol symbol : symbols) {
      if (!names.add(symbol.name())) {
        ambiguous.add(symbol.name());
      }
    }
  }

  private static boolean isCode(Symbol symbol) {
    char letter = Character.toLowerCase(symbol.type());
    return letter == 't' || letter == 'w';
  }

  /**
   * The functions that there is more to say of than a symbol does: what they take and return, or
   * their name in the source.
   */
  List<DebugInfo.Code> code() {
    Map<String, TypeTable.Function> functions = new HashMap<>();
    types.functions().forEach(function -> functions.putIfAbsent(function.name(), function));
    Map<String, Symbol> cold = coldParts();
    List<DebugInfo.Code> code = new ArrayList<>();
    for (Symbol symbol : symbols) {
      if (isCode(symbol) && symbol.size() > 0 && !symbol.name().endsWith(COLD)) {
        String name = symbol.sourceName();
        TypeTable.Function function =
            ambiguous.contains(symbol.name()) ? null : functions.get(name);
        Optional<Symbol> coldPart = Optional.ofNullable(cold.get(symbol.name()));
        if (function != null || coldPart.isPresent() || !name.equals(symbol.name())) {
          TypeRef prototype = function == null ? null : function.prototype();
          code.add(
              new DebugInfo.Code(
                  name,
                  piece(symbol),
                  coldPart.map(Contents::piece),
                  prototype,
                  symbol.isGlobal()));
        }
      }
    }
    return code;
  }

  /** What compilers moved away from functions, by the name of the function's symbol. */
  private Map<String, Symbol> coldParts() {
    Map<String, Symbol> cold = new HashMap<>();
    for (Symbol symbol : symbols) {
      if (symbol.name().endsWith(COLD) && symbol.size() > 0) {
        String of = symbol.name().substring(0, symbol.name().length() - COLD.length());
        if (!ambiguous.contains(of) && !ambiguous.contains(symbol.name())) {
          cold.put(of, symbol);
        }
      }
    }
    return cold;
  }

  private static DebugInfo.Piece piece(Symbol symbol) {
    return new DebugInfo.Piece(symbol.address(), symbol.size());
  }

  /** The variables whose type is known, and those that are as large as a number. */
  List<DebugInfo.Data> data() {
    Map<String, TypeTable.Variable> variables = new HashMap<>();
    types.variables().forEach(variable -> variables.putIfAbsent(variable.name(), variable));
    List<DebugInfo.Data> data = new ArrayList<>();
    for (Symbol symbol : symbols) {
      if (!isCode(symbol) && !symbol.isMark()) {
        type(symbol, variables.get(symbol.name()))
            .ifPresent(
                type ->
                    data.add(
                        new DebugInfo.Data(
                            symbol.name(), type, symbol.address(), symbol.isGlobal())));
      }
    }
    return data;
  }

  private Optional<DataType> type(Symbol symbol, TypeTable.@Nullable Variable variable) {
    if (variable != null && !ambiguous.contains(symbol.name())) {
      return Optional.of(DataType.of(variable.type()));
    }
    Optional<DataType> type = known.flatMap(table -> table.type(symbol.name(), symbol.size()));
    if (type.isPresent()) {
      return type;
    }
    boolean isNumber =
        Regions.Kind.of(symbol.type()).filter(Contents::isVariable).isPresent()
            && NUMBER_SIZES.contains(symbol.size());
    return isNumber ? Optional.of(DataType.unknown((int) symbol.size())) : Optional.empty();
  }

  private static boolean isVariable(Regions.Kind kind) {
    return kind == Regions.Kind.DATA || kind == Regions.Kind.BSS;
  }
}
