package org.vmcore.gdbstub.symbols.write.frames;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.gdbstub.Lazy;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.CodeRules.Stretch;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.linux.stack.Unwinder;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.port.api.LinuxPort;

/**
 * Call-frame information for a whole kernel and its modules: the bytes of a {@code .debug_frame}
 * with run-time addresses, empty where there is nothing to make it of.
 */
public final class KernelFrames {
  private final LinuxKernel kernel;
  private final LinuxPort port;
  private final Supplier<List<Interruption>> interruptions;
  private final Lazy<Unwinder, RuntimeException> unwinder;

  /**
   * @param port what kernels of its architecture do
   * @param interruptions what CPUs were doing that are stopped at exception vectors
   */
  public KernelFrames(
      LinuxKernel kernel, LinuxPort port, Supplier<List<Interruption>> interruptions) {
    this.kernel = kernel;
    this.port = port;
    this.interruptions = interruptions;
    this.unwinder = Lazy.of(() -> port.unwinder(kernel));
  }

  /**
   * That of all code.
   *
   * @param covered code that has call-frame information of its own; {@link AddressRanges#none} for
   *     everything
   */
  public Optional<byte[]> of(AddressRanges covered) {
    return write(unwinder.get().rules(interruptions.get())::forEach, covered);
  }

  /** That of the code of a module. */
  public Optional<byte[]> of(KernelModule module) {
    return write(action -> unwinder.get().rules().forEachOf(module, action), AddressRanges.none());
  }

  /** Whether modules can be told apart from the kernel. */
  public boolean dividesModules() {
    return port.dividesModules();
  }

  private Optional<byte[]> write(Consumer<Consumer<Stretch>> told, AddressRanges covered) {
    KernelMemory memory = kernel.memory();
    ElfAbi abi = port.architecture().elf(memory.byteOrder());
    FrameWriter writer = new FrameWriter(abi, memory.byteOrder(), memory.wordBytes(), covered);
    told.accept(writer::add);
    return writer.isEmpty() ? Optional.empty() : Optional.of(writer.bytes());
  }
}
