package org.vmcore.gdbstub.symbols.read;

import java.nio.ByteOrder;
import org.vmcore.arch.Architectures;

/**
 * Relocations in debugging information: absolute values of 4 or 8 bytes. Others, such as the
 * differences of RISC-V, only tell the lengths of code.
 */
final class Relocation {
  private Relocation() {}

  /** Bytes that it sets; 0 for one of no interest, or of a machine that is not known. */
  static int width(int machine, long type) {
    return Architectures.elf(machine, ByteOrder.LITTLE_ENDIAN)
        .map(abi -> abi.absoluteBytes(type))
        .orElse(0);
  }
}
