package org.vmcore.gdbstub.stub;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.machine.CrashedMachine;
import org.vmcore.gdbstub.rsp.Target.Relocation;

/** Where the kernel image ran, for a debugger that has a vmlinux of its own. */
final class Relocations {
  private Relocations() {}

  /** Empty when the image's first address is not known. */
  static Optional<Relocation> of(CrashedMachine machine) {
    try {
      OptionalLong slide = machine.kernelSpace().kaslrOffset();
      OptionalLong start = imageStart(machine, slide);
      return start.isPresent()
          ? Optional.of(new Relocation(start.getAsLong(), slide))
          : Optional.empty();
    } catch (MissingFactException e) {
      // A debugger is told in the summary, and where it reads memory.
      return Optional.empty();
    }
  }

  private static OptionalLong imageStart(CrashedMachine machine, OptionalLong slide)
      throws MissingFactException {
    if (machine.vmlinux().isPresent() && slide.isPresent()) {
      return OptionalLong.of(machine.vmlinux().get().firstLoadAddress() + slide.getAsLong());
    }
    List<String> symbols = machine.requireArchitecture().imageStartSymbols();
    OptionalLong start = machine.linux().imageStart(symbols);
    return start.isPresent()
        ? start
        : symbols.stream()
            .flatMap(name -> machine.vmcoreinfo().stream().map(info -> info.symbol(name)))
            .flatMapToLong(OptionalLong::stream)
            .findFirst();
  }
}
