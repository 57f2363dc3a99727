package org.vmcore.gdbstub.symbols.debuginfo;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Optional;
import org.vmcore.dumpreader.DumpInput;
import org.vmcore.gdbstub.symbols.elf.ObjectFile;
import org.vmcore.gdbstub.symbols.elf.Section;
import org.vmcore.gdbstub.symbols.elf.SectionData;

/**
 * The sections of an ELF file that hold its debugging information, which are called {@code
 * .debug_NAME}, or {@code .zdebug_NAME} where GNU's tools have compressed them.
 */
final class DebugSections {
  private final ObjectFile file;

  private DebugSections(ObjectFile file) {
    this.file = file;
  }

  /** Reads the section headers. */
  static DebugSections open(DumpInput input) throws IOException {
    return new DebugSections(ObjectFile.read(input));
  }

  ByteOrder order() {
    return file.order();
  }

  /**
   * A section to read pieces of; empty where the file has none, or not the bytes of it.
   *
   * @param name without the prefix
   */
  Optional<SectionData> section(String name) throws IOException {
    Optional<Section> section =
        file.section(".debug_" + name)
            .filter(Section::isStored)
            .or(() -> file.section(".zdebug_" + name));
    return section.isEmpty() ? Optional.empty() : Optional.of(file.debugData(section.get()));
  }

  /** A section's bytes; none where there is no such section. */
  byte[] bytes(String name) throws IOException {
    Optional<SectionData> section = section(name);
    return section.isEmpty() ? new byte[0] : section.get().readAll();
  }
}
