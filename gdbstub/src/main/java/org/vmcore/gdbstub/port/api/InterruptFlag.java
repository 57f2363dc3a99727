package org.vmcore.gdbstub.port.api;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.stack.FrameRegisters;

/**
 * Where a CPU says whether it takes interrupts.
 *
 * @param register gdb's name of it
 * @param mask of the bits in it
 * @param takesWhenSet whether it takes interrupts when one of them is set; else it takes them when
 *     none is
 */
public record InterruptFlag(String register, long mask, boolean takesWhenSet) {
  /** Whether interrupts are taken; empty where the register is not known. */
  public Optional<Boolean> taken(FrameRegisters registers) {
    OptionalLong value = registers.value(register);
    return value.isEmpty()
        ? Optional.empty()
        : Optional.of(((value.getAsLong() & mask) != 0) == takesWhenSet);
  }
}
