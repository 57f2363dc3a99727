package org.vmcore.gdbstub.symbols.find;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.fornwall.jelf.ElfFile;
import net.fornwall.jelf.ElfSection;
import net.fornwall.jelf.ElfSectionHeader;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.gdbstub.symbols.read.BuildIds;
import org.vmcore.gdbstub.symbols.read.ElfBacking;
import org.vmcore.gdbstub.symbols.read.SectionBounds;

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
      ElfFile elf = ElfFile.from(new ElfBacking(file));
      SectionBounds bounds = new SectionBounds(file, elf);
      List<String> allocated = new ArrayList<>();
      boolean debugInfo = false;
      for (int i = 1; i < elf.e_shnum; i++) {
        if (!bounds.fits(i)) {
          throw new IOException("section %d ends after the file".formatted(i));
        }
        ElfSection section = elf.getSection(i);
        @Nullable String name = section.header.getName();
        if ((section.header.sh_flags & ElfSectionHeader.FLAG_ALLOC) != 0) {
          allocated.add(name == null ? "" : name);
        }
        debugInfo |= ".debug_info".equals(name);
      }
      return new ModuleFile(file, allocated, BuildIds.of(elf), debugInfo);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw new IOException(file.name() + ": not a module: " + e.getMessage(), e);
    }
  }
}
