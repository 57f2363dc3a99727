package org.vmcore.gdbstub.symbols.read;

import java.util.HexFormat;
import java.util.Optional;
import net.fornwall.jelf.ElfFile;
import net.fornwall.jelf.ElfNoteSection;

/** The GNU build ids of ELF files. */
public final class BuildIds {
  private BuildIds() {}

  /** In lower-case hexadecimal. */
  public static Optional<String> of(ElfFile elf) {
    return Vmlinux.sections(elf, ElfNoteSection.class).stream()
        .flatMap(section -> section.notes().stream())
        .filter(note -> note.type == ElfNoteSection.NT_GNU_BUILD_ID)
        .filter(note -> "GNU".equals(note.name))
        .map(note -> HexFormat.of().formatHex(note.descriptorBytes()))
        .findFirst();
  }
}
