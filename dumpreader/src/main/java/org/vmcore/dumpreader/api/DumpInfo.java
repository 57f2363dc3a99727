package org.vmcore.dumpreader.api;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a dump file says of itself before any page is read.
 *
 * @param file the input's name
 * @param fileSize bytes
 * @param format the {@link DumpFormat#name()}
 * @param variant the format's version or dialect, such as {@code header version 6}
 * @param compression what the dump's header names, such as {@code zstd}; empty when pages are plain
 * @param dumpLevel makedumpfile's dump level (-d), 0 to 31, where the file tells it
 * @param byteOrder of the machine that died
 * @param wordBits 32 or 64, as the file's headers are laid out
 * @param elfMachine {@code e_machine} of an ELF header
 * @param machine {@code utsname.machine} of a header that has it, such as {@code x86_64}
 * @param pageSize bytes, where the format has pages ({@code block_size})
 * @param physBase x86 {@code phys_base} of a kdump sub-header that has it
 * @param headerFields further header fields worth showing, by their specified names, in file order
 * @param incomplete why parts of the dump are missing, one sentence each; empty for a whole dump
 */
public record DumpInfo(
    String file,
    long fileSize,
    String format,
    String variant,
    Set<String> compression,
    OptionalInt dumpLevel,
    ByteOrder byteOrder,
    int wordBits,
    OptionalInt elfMachine,
    Optional<String> machine,
    OptionalInt pageSize,
    OptionalLong physBase,
    Map<String, String> headerFields,
    List<String> incomplete) {

  public DumpInfo {
    if (wordBits != 32 && wordBits != 64) {
      throw new IllegalArgumentException("wordBits must be 32 or 64: " + wordBits);
    }
    machine = machine.filter(MachineNames::isOne);
    compression = Set.copyOf(compression);
    headerFields = Collections.unmodifiableMap(new LinkedHashMap<>(headerFields));
    incomplete = List.copyOf(incomplete);
  }

  /** This with more that is missing, told first. */
  public DumpInfo withIncomplete(List<String> more) {
    List<String> all = new ArrayList<>(more);
    all.addAll(incomplete);
    return copy(format, variant, machine, headerFields, all);
  }

  /** This with other header fields. */
  public DumpInfo withHeaderFields(Map<String, String> fields) {
    return copy(format, variant, machine, fields, incomplete);
  }

  /** This of a machine that is known after all. */
  public DumpInfo withMachine(String name) {
    return copy(format, variant, Optional.of(name), headerFields, incomplete);
  }

  /** This by another name. */
  public DumpInfo withFormat(String name, String newVariant) {
    return copy(name, newVariant, machine, headerFields, incomplete);
  }

  private DumpInfo copy(
      String newFormat,
      String newVariant,
      Optional<String> newMachine,
      Map<String, String> fields,
      List<String> missing) {
    return new DumpInfo(
        file,
        fileSize,
        newFormat,
        newVariant,
        compression,
        dumpLevel,
        byteOrder,
        wordBits,
        elfMachine,
        newMachine,
        pageSize,
        physBase,
        fields,
        missing);
  }
}
