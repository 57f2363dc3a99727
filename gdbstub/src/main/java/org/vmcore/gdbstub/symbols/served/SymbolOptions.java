package org.vmcore.gdbstub.symbols.served;

import java.nio.file.Path;
import java.util.List;

/**
 * Where symbols are looked for.
 *
 * @param debugDirectories searched before the system's own
 * @param serve whether debuggers are given files
 */
public record SymbolOptions(List<Path> debugDirectories, boolean serve) {
  public SymbolOptions {
    debugDirectories = List.copyOf(debugDirectories);
  }

  public static SymbolOptions defaults() {
    return new SymbolOptions(List.of(), true);
  }
}
