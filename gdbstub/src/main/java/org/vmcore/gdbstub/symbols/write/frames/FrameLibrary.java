package org.vmcore.gdbstub.symbols.write.frames;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.vmcore.gdbstub.symbols.write.elf.ElfBuilder;
import org.vmcore.gdbstub.symbols.write.elf.ElfFile;

/**
 * A library that describes what lies elsewhere: call-frame information with run-time addresses, or
 * types. It can be a program as well.
 *
 * <pre>
 *   .text     empty: gdb moves the addresses in .debug_frame as it moves this section, that is, not
 *             at all
 *   .place    a byte, so that the library has an address by which it differs from others
 *   .debug_*
 * </pre>
 */
public final class FrameLibrary {
  private FrameLibrary() {}

  /**
   * An ELF file.
   *
   * @param machine its {@code e_machine}
   * @param wordBytes 4 for ELF32, 8 for ELF64
   * @param place an address that nobody else has
   * @param sections by their names
   */
  public static ElfFile of(
      int machine, ByteOrder byteOrder, int wordBytes, long place, Map<String, byte[]> sections) {
    ElfBuilder elf = new ElfBuilder(machine, byteOrder, wordBytes);
    elf.withoutSegments();
    // Not at 0, which gdb takes for "moved as the section before".
    elf.memory(".text", ElfBuilder.SHF_EXECINSTR, place, 0);
    elf.memory(".place", 0, 0, 1);
    sections.forEach(elf::contents);
    return elf.toFile();
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
