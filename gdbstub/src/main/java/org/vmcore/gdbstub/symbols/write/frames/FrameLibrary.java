package org.vmcore.gdbstub.symbols.write.frames;

import java.nio.ByteOrder;
import org.vmcore.gdbstub.symbols.write.elf.ElfBuilder;

/**
 * A library that holds nothing but call-frame information with run-time addresses. Its .text is a
 * token: a byte at address 0, where debuggers that relocate a library by its sections can be told 0
 * for it, which leaves the addresses in .debug_frame as they are.
 */
public final class FrameLibrary {
  private FrameLibrary() {}

  /**
   * An ELF file.
   *
   * @param machine its {@code e_machine}
   * @param wordBytes 4 for ELF32, 8 for ELF64
   * @param debugFrame the section's bytes
   */
  public static byte[] of(int machine, ByteOrder byteOrder, int wordBytes, byte[] debugFrame) {
    ElfBuilder elf = new ElfBuilder(machine, byteOrder, wordBytes);
    elf.memory(".text", ElfBuilder.SHF_EXECINSTR, 0, 1);
    elf.contents(".debug_frame", debugFrame);
    return elf.toArray();
  }
}
