package org.vmcore.gdbstub.symbols.offer;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.port.api.LinuxPort;
import org.vmcore.gdbstub.symbols.write.SymbolFile;
import org.vmcore.gdbstub.symbols.write.frames.AddressRanges;
import org.vmcore.gdbstub.symbols.write.frames.KernelFrames;

/**
 * The call-frame information of a file that is made of the dump alone.
 *
 * @param port what kernels of its architecture do
 * @param interruptions what CPUs were doing that are stopped at exception vectors
 */
public record MadeFrames(
    LinuxKernel kernel, LinuxPort port, Supplier<List<Interruption>> interruptions)
    implements SymbolFile.Frames {
  @Override
  public Optional<byte[]> all() {
    return KernelFrames.of(kernel, port, AddressRanges.none(), interruptions.get());
  }

  @Override
  public Optional<byte[]> of(KernelModule module) {
    return KernelFrames.ofModule(kernel, port, module);
  }

  @Override
  public boolean isOfKernel() {
    return port.dividesModules();
  }
}
