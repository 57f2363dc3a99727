package org.vmcore.gdbstub.machine;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.port.LinuxPorts;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.symbols.find.SymbolOptions;
import org.vmcore.gdbstub.symbols.offer.MadeFrames;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;
import org.vmcore.gdbstub.symbols.read.Vmlinux;
import org.vmcore.gdbstub.symbols.write.SymbolCache;
import org.vmcore.gdbstub.symbols.write.SymbolFile;
import org.vmcore.gdbstub.symbols.write.SymbolTarget;
import org.vmcore.gdbstub.symbols.write.frames.KernelFrames;

/** What debuggers are given of a machine's symbols. Safe for use by several threads. */
final class MachineSymbols implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(MachineSymbols.class);

  private final MachineDump dump;
  private final MachineMemory memory;
  private final MachineKernel kernel;
  private final Supplier<Optional<PerCpuWindow>> window;
  private final Lazy<MachineStacks, MissingFactException> stacks;
  private final SymbolOptions options;
  private final Supplier<Optional<Vmlinux>> vmlinux;
  private final Lazy<ServedSymbols, MissingFactException> served = Lazy.of(this::serve);

  MachineSymbols(
      MachineDump dump,
      MachineMemory memory,
      MachineKernel kernel,
      Supplier<Optional<Vmlinux>> vmlinux,
      Supplier<Optional<PerCpuWindow>> window,
      Lazy<MachineStacks, MissingFactException> stacks) {
    this.dump = dump;
    this.memory = memory;
    this.kernel = kernel;
    this.vmlinux = vmlinux;
    this.window = window;
    this.stacks = stacks;
    this.options = dump.options().symbols();
  }

  /** Empty where the user does not want it, or the kernel's memory cannot be read. */
  Optional<ServedSymbols> served() {
    if (!options.serve()) {
      return Optional.empty();
    }
    try {
      return Optional.of(served.get());
    } catch (MissingFactException e) {
      LOG.info("no symbols are served: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private ServedSymbols serve() throws MissingFactException {
    OptionalLong slide = memory.kaslrOffset();
    return new ServedSymbols(
        kernel.known(),
        vmlinux.get().filter(file -> slide.isPresent()),
        slide.orElse(0),
        port(),
        VmlinuxFinder.search(options, dump.options().open()),
        memory.release(),
        this::interruptions,
        cache(),
        perCpuAddress());
  }

  /** See {@link CrashedMachine#makeSymbolFile}. */
  Optional<DumpInput> makeFile() throws MissingFactException {
    LinuxKernel linux = kernel.known();
    SymbolFile file =
        new SymbolFile(
            linux,
            SymbolTarget.of(port(), linux),
            new MadeFrames(new KernelFrames(linux, port(), this::interruptions)));
    return file.make(cache(), OptionalLong.empty())
        .map(made -> made.toInput("symbols of the dump"));
  }

  private OptionalLong perCpuAddress() {
    return window
        .get()
        .map(found -> OptionalLong.of(found.sectionAddress()))
        .orElse(OptionalLong.empty());
  }

  private SymbolCache cache() {
    boolean isWhole = dump.dump().info().incomplete().isEmpty();
    return SymbolCache.of(System.getenv(), kernel.buildId(), isWhole);
  }

  private LinuxPort port() throws MissingFactException {
    return LinuxPorts.of(dump.requireArchitecture());
  }

  private List<Interruption> interruptions() {
    try {
      return stacks.get().interruptions();
    } catch (MissingFactException e) {
      // Frames of interrupted code are then not described; the symbols are right all the same.
      return List.of();
    }
  }

  @Override
  public void close() throws IOException {
    ServedSymbols open = served.ifComputed();
    if (open != null) {
      open.close();
    }
  }
}
