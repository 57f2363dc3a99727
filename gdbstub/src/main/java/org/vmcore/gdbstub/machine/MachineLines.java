package org.vmcore.gdbstub.machine;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.symbols.find.ModuleFile;
import org.vmcore.gdbstub.symbols.find.ModuleFiles;
import org.vmcore.gdbstub.symbols.read.DebugDirectories;
import org.vmcore.gdbstub.symbols.read.SourceLines;
import org.vmcore.gdbstub.symbols.read.SourceLines.SourceLine;
import org.vmcore.gdbstub.symbols.read.Vmlinux;

/** Lines of source by addresses of the run: of what vmlinux has, and of modules with a file. */
final class MachineLines {
  private static final Logger LOG = LoggerFactory.getLogger(MachineLines.class);

  private final MachineDump dump;
  private final MachineMemory memory;
  private final MachineKernel kernel;
  private final Supplier<Optional<Vmlinux>> vmlinux;
  private final Lazy<Optional<SourceLines>, RuntimeException> image = Lazy.of(this::open);
  private final Lazy<ModuleFiles, RuntimeException> moduleFiles = Lazy.of(this::findModuleFiles);
  private final Map<String, Optional<SourceLines>> ofModules = new ConcurrentHashMap<>();

  MachineLines(
      MachineDump dump,
      MachineMemory memory,
      MachineKernel kernel,
      Supplier<Optional<Vmlinux>> vmlinux) {
    this.dump = dump;
    this.memory = memory;
    this.kernel = kernel;
    this.vmlinux = vmlinux;
  }

  private Optional<SourceLines> open() {
    Optional<Vmlinux> file = vmlinux.get();
    if (file.isEmpty() || memory.kaslrOffset().isEmpty()) {
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

  private ModuleFiles findModuleFiles() {
    return new ModuleFiles(
        VmlinuxFinder.search(dump.options().symbols(), dump.options().open()), memory.release());
  }

  /** The line that an address is of. */
  Optional<SourceLine> at(long address) {
    Optional<KernelModule> module = module(address);
    if (module.isPresent()) {
      return ofModules
          .computeIfAbsent(module.get().name(), name -> open(module.get()))
          .flatMap(lines -> lines.at(address));
    }
    OptionalLong slide = memory.kaslrOffset();
    Optional<SourceLines> known = image.get();
    return known.isEmpty() ? Optional.empty() : known.get().at(address - slide.orElseThrow());
  }

  private Optional<KernelModule> module(long address) {
    try {
      return kernel.known().modules().stream()
          .filter(module -> module.hasCodeAt(address))
          .findFirst();
    } catch (MissingFactException e) {
      // Nothing is known of any.
      return Optional.empty();
    }
  }

  private Optional<SourceLines> open(KernelModule module) {
    Optional<ModuleFile> file = moduleFiles.get().open(module);
    try {
      return file.isPresent()
          ? SourceLines.ofModule(file.get().file(), module.sections())
          : Optional.empty();
    } catch (IOException e) {
      LOG.warn("lines of module {} cannot be told: {}", module.name(), e.getMessage());
      return Optional.empty();
    }
  }
}
