package org.vmcore.gdbstub.linux.symbols;

import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Named;

/** A symbol table that can also be gone through, and asked what is at an address. */
public interface NameList extends SymbolTable {
  /** All symbols, by their addresses at run time. */
  List<Named> all();

  /** The symbol that an address of the kernel's image is in. */
  Optional<Located> at(long address);
}
