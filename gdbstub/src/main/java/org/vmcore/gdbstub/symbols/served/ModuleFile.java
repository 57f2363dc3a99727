package org.vmcore.gdbstub.symbols.served;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.vmcore.dumpreader.DumpInput;
import org.vmcore.gdbstub.symbols.elf.ObjectFile;
import org.vmcore.gdbstub.symbols.elf.Section;

/**
 * A module's file.
 *
 * @param allocated names of the sections that are loaded, in the order of their headers
 */
record ModuleFile(
    DumpInput file, List<String> allocated, Optional<String> buildId, boolean hasDebugInfo) {

  /**
   * @throws IOException when it is no ELF file or is damaged; it is closed then
   */
  static ModuleFile parse(DumpInput file) throws IOException {
    try {
      ObjectFile elf = ObjectFile.read(file);
      List<String> allocated = elf.sections().filter(Section::isLoaded).map(Section::name).toList();
      return new ModuleFile(file, allocated, elf.buildId(), elf.section(".debug_info").isPresent());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }
}
