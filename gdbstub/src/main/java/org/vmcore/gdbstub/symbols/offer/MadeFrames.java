package org.vmcore.gdbstub.symbols.offer;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.symbols.write.frames.AddressRanges;
import org.vmcore.gdbstub.symbols.write.frames.KernelFrames;
import org.vmcore.gdbstub.symbols.write.SymbolFile;

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
