package org.vmcore.gdbstub.target;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.vmcore.arch.Architecture;
import org.vmcore.dumpreader.OpenOptions;

/**
 * What a user says of a dump beyond its file name.
 *
 * @param vmcoreinfo a file with VMCOREINFO text that overrides the dump's own
 * @param vmlinux the kernel's vmlinux
 * @param architecture the machine's, where the dump does not tell or is wrong
 * @param archOptions hints for the architecture, by name
 */
public record MachineOptions(
    Optional<Path> vmcoreinfo,
    Optional<Path> vmlinux,
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
    this(vmcoreinfo, vmlinux, Optional.empty(), archOptions, open);
  }

  public static MachineOptions defaults() {
    return new MachineOptions(Optional.empty(), Optional.empty(), Map.of(), OpenOptions.defaults());
  }
}
