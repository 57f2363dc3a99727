package org.vmcore.gdbstub.machine;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.api.Architecture;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.gdbstub.symbols.find.SymbolOptions;

/**
 * What a user says of a dump beyond its file name.
 *
 * @param vmcoreinfo a file with VMCOREINFO text that overrides the dump's own
 * @param vmlinux the kernel's vmlinux
 * @param systemMap the kernel's System.map, for names that neither the dump nor vmlinux has
 * @param types a file to take the kernel's types from, such as any of its modules that was built
 *     with debugging information, where neither the dump nor vmlinux has them
 * @param symbols where vmlinux and modules are looked for
 * @param architecture the machine's, where the dump does not tell or is wrong
 * @param archOptions hints for the architecture, by name
 */
public record MachineOptions(
    Optional<Path> vmcoreinfo,
    Optional<Path> vmlinux,
    Optional<Path> systemMap,
    Optional<Path> types,
    SymbolOptions symbols,
    Optional<Architecture> architecture,
    Map<String, String> archOptions,
    OpenOptions open) {
  public MachineOptions {
    archOptions = Map.copyOf(archOptions);
  }

  /** For a dump that tells its architecture. */
  public MachineOptions(
      Optional<Path> vmcoreinfo,
      Optional<Path> vmlinux,
      Map<String, String> archOptions,
      OpenOptions open) {
    this(
        vmcoreinfo,
        vmlinux,
        Optional.empty(),
        Optional.empty(),
        SymbolOptions.defaults(),
        Optional.empty(),
        archOptions,
        open);
  }

  /** The same with a file to take types from. */
  public MachineOptions withTypes(Path file) {
    return new MachineOptions(
        vmcoreinfo,
        vmlinux,
        systemMap,
        Optional.of(file),
        symbols,
        architecture,
        archOptions,
        open);
  }

  /** The same with the kernel's System.map. */
  public MachineOptions withSystemMap(Path file) {
    return new MachineOptions(
        vmcoreinfo, vmlinux, Optional.of(file), types, symbols, architecture, archOptions, open);
  }

  /** The same with other places to look for symbols. */
  public MachineOptions withSymbols(SymbolOptions other) {
    return new MachineOptions(
        vmcoreinfo, vmlinux, systemMap, types, other, architecture, archOptions, open);
  }

  public static MachineOptions defaults() {
    return new MachineOptions(Optional.empty(), Optional.empty(), Map.of(), OpenOptions.defaults());
  }
}
