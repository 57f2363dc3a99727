package org.vmcore.gdbstub.target;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.arch.MissingFactException;
import org.vmcore.gdbstub.rsp.Target.Relocation;

/** Where the kernel image ran, for a debugger that has a vmlinux of its own. */
final class Relocations {
  private Relocations() {}

  /** Empty when KASLR's offset or the image's first address is not known. */
  static Optional<Relocation> of(CrashedMachine machine) {
    try {
      OptionalLong slide = machine.kernelSpace().kaslrOffset();
      OptionalLong text = textAddress(machine, slide);
      return slide.isPresent() && text.isPresent()
          ? Optional.of(new Relocation(text.getAsLong(), slide.getAsLong()))
          : Optional.empty();
    } catch (MissingFactException e) {
      return Optional.empty();
    }
  }

  private static OptionalLong textAddress(CrashedMachine machine, OptionalLong slide)
      throws MissingFactException {
    if (machine.vmlinux().isPresent() && slide.isPresent()) {
      return OptionalLong.of(machine.vmlinux().get().firstLoadAddress() + slide.getAsLong());
    }
    OptionalLong text = machine.linux().textAddress();
    return text.isPresent()
        ? text
        // _stext is the first byte of the image where nothing stands before it, as on x86.
        : machine.vmcoreinfo().map(v -> v.symbol("_stext")).orElse(OptionalLong.empty());
  }
}
