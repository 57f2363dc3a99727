package org.vmcore.gdbstub.symbols.served;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.vmcore.gdbstub.kernel.KernelModule;
import org.vmcore.gdbstub.kernel.LinuxKernel;
import org.vmcore.gdbstub.kernel.unwind.Interruption;
import org.vmcore.gdbstub.symbols.cfi.AddressRanges;
import org.vmcore.gdbstub.symbols.cfi.KernelFrames;
import org.vmcore.gdbstub.symbols.made.SymbolFile;

/**
 * The call-frame information of a file that is made of the dump alone.
 *
 * @param machine {@code e_machine}
 * @param interruptions what CPUs were doing that are stopped at exception vectors
 */
public record MadeFrames(
    LinuxKernel kernel, int machine, Supplier<List<Interruption>> interruptions)
    implements SymbolFile.Frames {
  @Override
  public Optional<byte[]> all() {
    return KernelFrames.of(kernel, machine, AddressRanges.none(), interruptions.get());
  }

  @Override
  public Optional<byte[]> of(KernelModule module) {
    return KernelFrames.ofModule(kernel, machine, module);
  }

  @Override
  public boolean isOfKernel() {
    return KernelFrames.dividesModules(machine);
  }
}
