package org.vmcore.gdbstub.symbols.write.frames;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.vmcore.arch.api.ElfAbi;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.CodeRules;
import org.vmcore.gdbstub.linux.stack.CodeRules.Stretch;
import org.vmcore.gdbstub.linux.stack.Interruption;
import org.vmcore.gdbstub.linux.symbols.KernelModule;
import org.vmcore.gdbstub.port.api.LinuxPort;

/** Call-frame information for a whole kernel and its modules. */
public final class KernelFrames {
  private KernelFrames() {}

  /**
   * The bytes of a {@code .debug_frame} with run-time addresses.
   *
   * @param covered code that has call-frame information of its own; {@link AddressRanges#none} for
   *     everything
   * @param interruptions what CPUs were doing that are stopped at exception vectors
   * @return empty where there is nothing to make it of
   */
  public static Optional<byte[]> of(
      LinuxKernel kernel, LinuxPort port, AddressRanges covered, List<Interruption> interruptions) {
    return write(port.unwinder(kernel).rules(interruptions)::forEach, kernel, port, covered);
  }

  /** The same for the code of a module. */
  public static Optional<byte[]> ofModule(LinuxKernel kernel, LinuxPort port, KernelModule module) {
    CodeRules rules = port.unwinder(kernel).rules();
    return write(action -> rules.forEachOf(module, action), kernel, port, AddressRanges.none());
  }

  private static Optional<byte[]> write(
      Consumer<Consumer<Stretch>> told, LinuxKernel kernel, LinuxPort port, AddressRanges covered) {
    KernelMemory memory = kernel.memory();
    ElfAbi abi = port.architecture().elf(memory.byteOrder());
    FrameWriter writer = new FrameWriter(abi, memory.byteOrder(), memory.wordBytes(), covered);
    told.accept(writer::add);
    return writer.isEmpty() ? Optional.empty() : Optional.of(writer.bytes());
  }
}
