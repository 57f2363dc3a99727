package org.vmcore.gdbstub.symbols.write;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.symbols.Kallsyms;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.symbols.ModuleSymbols;

/**
 * A symbol of the kernel or of a module.
 *
 * @param type as nm prints it
 * @param size bytes up to the next symbol; 0 where that tells nothing
 */
record Symbol(String name, char type, long address, long size) {
  /** Labels that mark where something starts or ends, such as {@code __entry_text_end}. */
  private static final Pattern MARK =
      Pattern.compile(
          "_[se]?(text|data|rodata|end|start|brk)|__.*_(start|end|begin|stop)"
              + "|__(start|stop|begin|end|init|nosave)_.*|_[se]init(text|data)|__bss_\\w+");

  /** What compilers add to the name of a copy of a function, or of what is left of it. */
  private static final Pattern CLONE =
      Pattern.compile("(\\.(isra|constprop|part|llvm|lto_priv)\\.\\w+)+$");

  private static final char WEAK = 'w';
  private static final char WEAK_OBJECT = 'v';

  static List<Symbol> of(Kallsyms table) {
    List<Symbol> symbols = new ArrayList<>(table.count());
    for (int i = 0; i < table.count(); i++) {
      String name = table.name(i);
      if (!name.isEmpty()) {
        symbols.add(new Symbol(name, table.type(i), table.address(i), table.size(i)));
      }
    }
    return symbols;
  }

  /** In the order of their addresses. */
  static List<Symbol> of(KernelModule module) {
    List<Symbol> symbols = new ArrayList<>();
    for (ModuleSymbols.Symbol s : module.symbols().map(ModuleSymbols::all).orElse(List.of())) {
      symbols.add(new Symbol(s.name(), s.type(), s.address(), s.size()));
    }
    symbols.sort((a, b) -> Long.compareUnsigned(a.address(), b.address()));
    return symbols;
  }

  boolean isMark() {
    return MARK.matcher(name).matches();
  }

  boolean isGlobal() {
    return Character.isUpperCase(type);
  }

  boolean isWeak() {
    char letter = Character.toLowerCase(type);
    return letter == WEAK || letter == WEAK_OBJECT;
  }

  /** Neither code nor data, but a number. */
  boolean isAbsolute() {
    return Character.toLowerCase(type) == 'a';
  }

  /** The function's name in the source. */
  String sourceName() {
    return name.indexOf('.') < 0 ? name : CLONE.matcher(name).replaceFirst("");
  }
}
