package org.vmcore.gdbstub.symbols.cfi;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.vmcore.gdbstub.symbols.elf.ElfBuilder;

/**
 * A library that holds nothing but call-frame information with run-time addresses, and what has no
 * better place. It can be a program as well.
 *
 * <pre>
 *   .text     empty: gdb moves the addresses in .debug_frame as it moves this section, that is, not
 *             at all
 *   .place    a byte, so that the library has an address by which it differs from others
 * </pre>
 */
public final class FrameLibrary {
  private FrameLibrary() {}

  /**
   * An ELF file.
   *
   * @param machine its {@code e_machine}
   * @param wordBytes 4 for ELF32, 8 for ELF64
   * @param debugFrame the section's bytes
   * @param place an address that nobody else has
   * @param types sections with debug information of what has no other file, by their names; with
   *     any, gdb does not say that it found none
   */
  public static byte[] of(
      int machine,
      ByteOrder byteOrder,
      int wordBytes,
      byte[] debugFrame,
      long place,
      Map<String, byte[]> types) {
    ElfBuilder elf = new ElfBuilder(machine, byteOrder, wordBytes);
    elf.withoutSegments();
    // Not at 0, which gdb takes for "moved as the section before".
    elf.memory(".text", ElfBuilder.SHF_EXECINSTR, place, 0);
    elf.memory(".place", 0, 0, 1);
    elf.contents(".debug_frame", debugFrame);
    types.forEach(elf::contents);
    return elf.toArray();
  }

  /**
   * What gdb is to add to the addresses of the sections.
   *
   * @param place as it was given to {@link #of}
   */
  public static List<Long> sections(long place) {
    return List.of(0L, place);
  }
}
