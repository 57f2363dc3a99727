package org.vmcore.gdbstub.inspect.symbols;

import java.util.Optional;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/**
 * An address by a symbol.
 *
 * @param type nm's letter
 * @param offset of the address from the symbol, in bytes
 * @param module that the symbol is of
 */
public record SymbolRow(
    @Hex long address, String name, char type, long offset, Optional<String> module) {
  public static SymbolRow of(Located found) {
    return new SymbolRow(
        found.symbol().address() + found.offset(),
        found.symbol().name(),
        found.symbol().type(),
        found.offset(),
        found.symbol().module());
  }

  /**
   * @param listed whether the module is told by what is above
   */
  public void print(Text out, boolean listed) {
    String plus = offset == 0 ? "" : "+" + Long.toUnsignedString(offset);
    String of = listed ? "" : module.map(found -> " [" + found + "]").orElse("");
    out.print("%x (%c) %s%s%s\n", address, type, name, plus, of);
  }
}
