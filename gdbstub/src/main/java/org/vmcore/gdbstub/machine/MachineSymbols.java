package org.vmcore.gdbstub.machine;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.port.LinuxPorts;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.symbols.find.SymbolOptions;
import org.vmcore.gdbstub.symbols.offer.MadeFrames;
import org.vmcore.gdbstub.symbols.offer.ServedSymbols;
import org.vmcore.gdbstub.symbols.write.SymbolCache;
import org.vmcore.gdbstub.symbols.write.SymbolFile;
import org.vmcore.gdbstub.symbols.write.frames.KernelFrames;

/**
 * What debuggers are given of a machine's symbols. Safe for use by several threads, under the
 * machine's lock.
 */
final class MachineSymbols implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(MachineSymbols.class);

  private final CrashedMachine machine;
  private final SymbolOptions options;
  private @Nullable ServedSymbols served;

  MachineSymbols(CrashedMachine machine, SymbolOptions options) {
    this.machine = machine;
    this.options = options;
  }

  /** Empty where the user does not want it, or the kernel's memory cannot be read. */
  Optional<ServedSymbols> served() {
    synchronized (machine) {
      if (served == null && options.serve()) {
        try {
          OptionalLong slide = machine.kaslrOffset();
          served =
              new ServedSymbols(
                  machine.linux(),
                  machine.vmlinux().filter(vmlinux -> slide.isPresent()),
                  slide.orElse(0),
                  port(),
                  VmlinuxFinder.search(options),
                  machine.release(),
                  this::interruptions,
                  cache(),
                  perCpuAddress());
        } catch (MissingFactException e) {
          LOG.info("no symbols are served: {}", e.getMessage());
        }
      }
      return Optional.ofNullable(served);
    }
  }

  /** See {@link CrashedMachine#makeSymbolFile}. */
  Optional<byte[]> makeFile() throws MissingFactException {
    SymbolFile file =
        new SymbolFile(
            machine.linux(),
            elfMachine(),
            new MadeFrames(new KernelFrames(machine.linux(), port(), this::interruptions)));
    return file.make(cache(), OptionalLong.empty());
  }

  private OptionalLong perCpuAddress() {
    Optional<PerCpuWindow> window = machine.perCpuWindow();
    return window.isPresent()
        ? OptionalLong.of(window.get().sectionAddress())
        : OptionalLong.empty();
  }

  private SymbolCache cache() {
    return SymbolCache.of(System.getenv(), machine.buildId());
  }

  private LinuxPort port() throws MissingFactException {
    return LinuxPorts.of(machine.requireArchitecture());
  }

  private int elfMachine() throws MissingFactException {
    return machine.requireArchitecture().elf(machine.byteOrder()).machine();
  }

  private List<Interruption> interruptions() {
    try {
      return machine.stacks().interruptions();
    } catch (MissingFactException e) {
      return List.of();
    }
  }

  @Override
  public void close() throws IOException {
    ServedSymbols open;
    synchronized (machine) {
      open = served;
    }
    if (open != null) {
      open.close();
    }
  }
}
