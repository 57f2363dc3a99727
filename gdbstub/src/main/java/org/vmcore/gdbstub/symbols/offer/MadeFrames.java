package org.vmcore.gdbstub.symbols.offer;

import java.util.Optional;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.symbols.write.SymbolFile;
import org.vmcore.gdbstub.symbols.write.frames.AddressRanges;
import org.vmcore.gdbstub.symbols.write.frames.KernelFrames;

/** The call-frame information of a file that is made of the dump alone. */
public record MadeFrames(KernelFrames frames) implements SymbolFile.Frames {
  @Override
  public Optional<byte[]> all() {
    return frames.of(AddressRanges.none());
  }

  @Override
  public Optional<byte[]> of(KernelModule module) {
    return frames.of(module);
  }

  @Override
  public boolean isOfKernel() {
    return frames.dividesModules();
  }
}
