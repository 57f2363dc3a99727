package org.vmcore.gdbstub.machine;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.vmcore.gdbstub.linux.symbols.SystemMap;
import org.vmcore.gdbstub.symbols.read.BtfFile;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/** The files of the kernel's symbols that the user named: one that is bad is an error at once. */
record NamedFiles(Optional<Vmlinux> vmlinux, Optional<SystemMap> systemMap) {
  static NamedFiles open(MachineOptions options) throws IOException {
    if (options.types().isPresent()) {
      BtfFile.requireFileOfTypes(options.types().get());
    }
    return new NamedFiles(
        options.vmlinux().isPresent()
            ? Optional.of(Vmlinux.open(options.vmlinux().get()))
            : Optional.empty(),
        options.systemMap().isPresent()
            ? Optional.of(SystemMap.read(options.systemMap().get()))
            : Optional.empty());
  }

  /**
   * Where the linker put a symbol.
   *
   * @param chosen asked before the System.map
   */
  OptionalLong linkAddress(Optional<Vmlinux> chosen, String name) {
    return Stream.concat(
            chosen.stream().map(file -> file.linkAddress(name)),
            systemMap.stream().map(map -> map.linkAddress(name)))
        .filter(OptionalLong::isPresent)
        .findFirst()
        .orElse(OptionalLong.empty());
  }
}
