package org.vmcore.gdbstub.symbols.find;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.gdbstub.symbols.read.elf.ObjectFile;
import org.vmcore.gdbstub.symbols.read.elf.Section;

/**
 * A module's file.
 *
 * @param allocated names of the sections that are loaded, in the order of their headers
 */
public record ModuleFile(
    DumpInput file, List<String> allocated, Optional<String> buildId, boolean hasDebugInfo) {

  /**
   * @throws IOException when it is no ELF file or is damaged; it is closed then
   */
  public static ModuleFile parse(DumpInput file) throws IOException {
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
