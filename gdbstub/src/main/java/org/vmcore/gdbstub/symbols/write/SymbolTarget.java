package org.vmcore.gdbstub.symbols.write;

import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.port.api.LinuxPort;

/**
 * What files of a kernel's symbols need to know of its code.
 *
 * @param machine {@code e_machine}
 * @param codeBits see {@link LinuxPort#codeBits}
 */
public record SymbolTarget(int machine, int codeBits) {
  public static SymbolTarget of(LinuxPort port, LinuxKernel kernel) {
    int machine = port.architecture().elf(kernel.memory().byteOrder()).machine();
    return new SymbolTarget(machine, port.codeBits(kernel));
  }
}
