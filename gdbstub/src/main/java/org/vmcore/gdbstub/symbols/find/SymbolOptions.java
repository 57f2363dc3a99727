package org.vmcore.gdbstub.symbols.find;

import java.nio.file.Path;
import java.util.List;

/**
 * Where symbols are looked for.
 *
 * @param debugDirectories searched before the system's own
 * @param download whether debuginfod servers are asked, too, which may take minutes
 * @param anyBuild whether a vmlinux that was named is used even if its build id is not the dump's
 * @param serve whether debuggers are given files
 */
public record SymbolOptions(
    List<Path> debugDirectories, boolean download, boolean anyBuild, boolean serve) {
  public SymbolOptions {
    debugDirectories = List.copyOf(debugDirectories);
  }

  public static SymbolOptions defaults() {
    return new SymbolOptions(List.of(), false, false, true);
  }

  /** The same with servers asked. */
  public SymbolOptions withDownload() {
    return new SymbolOptions(debugDirectories, true, anyBuild, serve);
  }
}
