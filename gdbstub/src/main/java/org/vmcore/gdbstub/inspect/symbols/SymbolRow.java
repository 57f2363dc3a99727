package org.vmcore.gdbstub.inspect.symbols;

import java.util.Optional;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.symbols.RustName;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.machine.CrashedMachine;

/**
 * An address by a symbol.
 *
 * @param type nm's letter
 * @param offset of the address from the symbol, in bytes
 * @param module that the symbol is of
 * @param source line of code of the kernel's image, where a vmlinux tells it
 */
public record SymbolRow(
    @Hex long address,
    String name,
    char type,
    long offset,
    Optional<String> module,
    Optional<SourceRow> source) {
  /** The same with the line of source, if it is code. */
  public static SymbolRow of(CrashedMachine machine, Located found) {
    SymbolRow row = of(found);
    boolean code = Character.toLowerCase(row.type) == 't' && row.module.isEmpty();
    return new SymbolRow(
        row.address,
        row.name,
        row.type,
        row.offset,
        row.module,
        code ? SourceRow.of(machine, row.address) : Optional.empty());
  }

  public static SymbolRow of(Located found) {
    return new SymbolRow(
        found.symbol().address() + found.offset(),
        found.symbol().name(),
        found.symbol().type(),
        found.offset(),
        found.symbol().module(),
        Optional.empty());
  }

  /**
   * @param listed whether the module is told by what is above
   */
  public void print(Text out, boolean listed) {
    String plus = offset == 0 ? "" : "+" + Long.toUnsignedString(offset);
    String of = listed ? "" : module.map(found -> " [" + found + "]").orElse("");
    String line = source.map(found -> " " + found.text()).orElse("");
    String rust = RustName.of(name).map(shown -> " (" + shown + ")").orElse("");
    out.print("%x (%c) %s%s%s%s%s\n", address, type, name, plus, rust, of, line);
  }
}
