package org.vmcore.gdbstub.machine;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.symbols.read.DebugDirectories;
import org.vmcore.gdbstub.symbols.read.SourceLines;
import org.vmcore.gdbstub.symbols.read.SourceLines.SourceLine;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/** Lines of source by addresses of the run, of what a vmlinux has; not of modules. */
final class MachineLines {
  private static final Logger LOG = LoggerFactory.getLogger(MachineLines.class);

  private final MachineDump dump;
  private final Supplier<OptionalLong> slide;
  private final Supplier<Optional<Vmlinux>> vmlinux;
  private final Lazy<Optional<SourceLines>, RuntimeException> lines = Lazy.of(this::open);

  /**
   * @param slide from vmlinux' addresses to those of the run
   */
  MachineLines(
      MachineDump dump, Supplier<OptionalLong> slide, Supplier<Optional<Vmlinux>> vmlinux) {
    this.dump = dump;
    this.slide = slide;
    this.vmlinux = vmlinux;
  }

  private Optional<SourceLines> open() {
    Optional<Vmlinux> file = vmlinux.get();
    if (file.isEmpty() || slide.get().isEmpty()) {
      return Optional.empty();
    }
    try {
      return SourceLines.open(
          file.get().path(), new DebugDirectories(dump.options().symbols().debugDirectories()));
    } catch (IOException e) {
      LOG.warn("lines of source cannot be told: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** The line that an address of the kernel's image is of. */
  Optional<SourceLine> at(long address) {
    Optional<SourceLines> known = lines.get();
    return known.isEmpty() ? Optional.empty() : known.get().at(address - slide.get().orElseThrow());
  }
}
