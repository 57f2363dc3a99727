package org.vmcore.gdbstub.symbols.find;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.vmcore.dumpreader.api.RemoteName;

/**
 * Where symbols are looked for.
 *
 * @param debugDirectories searched before the system's own
 * @param beside directories of the dump's files, in which a vmlinux may lie beside them
 * @param download whether debuginfod servers are asked, too, which may take minutes
 * @param anyBuild whether a vmlinux that was named is used even if its build id is not the dump's
 * @param serve whether debuggers are given files
 */
public record SymbolOptions(
    List<Path> debugDirectories,
    List<Path> beside,
    boolean download,
    boolean anyBuild,
    boolean serve) {
  public SymbolOptions {
    debugDirectories = List.copyOf(debugDirectories);
    beside = List.copyOf(beside);
  }

  public static SymbolOptions defaults() {
    return new SymbolOptions(List.of(), List.of(), false, false, true);
  }

  /** The same with servers asked. */
  public SymbolOptions withDownload() {
    return new SymbolOptions(debugDirectories, beside, true, anyBuild, serve);
  }

  /** The same for a dump in certain files. */
  public SymbolOptions beside(List<Path> files) {
    List<Path> directories =
        files.stream()
            .filter(file -> RemoteName.of(file).isEmpty())
            .map(file -> Objects.requireNonNullElse(file.getParent(), Path.of("")))
            .distinct()
            .toList();
    return new SymbolOptions(debugDirectories, directories, download, anyBuild, serve);
  }
}
