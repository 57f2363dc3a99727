package org.vmcore.gdbstub.symbols.read;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.gdbstub.symbols.read.elf.ObjectFile;
import org.vmcore.gdbstub.symbols.read.elf.Section;
import org.vmcore.gdbstub.symbols.read.elf.SectionData;

/**
 * The sections of an ELF file that hold its debugging information, which are called {@code
 * .debug_NAME}, or {@code .zdebug_NAME} where GNU's tools have compressed them.
 */
final class DebugSections implements Closeable {
  private final Path path;
  private final DumpInput input;
  private final ObjectFile file;
  private final List<DumpInput> unpacked = new ArrayList<>();

  /**
   * @param input is closed with this
   */
  DebugSections(Path path, DumpInput input) throws IOException {
    this(path, input, Map.of());
  }

  /**
   * Those of a file that is not linked.
   *
   * @param input is closed with this
   * @param addresses see {@link ObjectFile#readPlaced}
   */
  DebugSections(Path path, DumpInput input, Map<String, Long> addresses) throws IOException {
    this.path = path;
    this.input = input;
    this.file = ObjectFile.readPlaced(input, addresses);
  }

  Path path() {
    return path;
  }

  DumpInput input() {
    return input;
  }

  ObjectFile file() {
    return file;
  }

  private Optional<Section> find(String name) {
    return file.section(".debug_" + name)
        .filter(Section::isStored)
        .or(() -> file.section(".zdebug_" + name));
  }

  /** Whether the file has a section, and the bytes of it. */
  boolean has(String name) {
    return find(name).isPresent();
  }

  /**
   * A section to read pieces of, as long as this is open.
   *
   * @param name without the prefix
   */
  Optional<SectionData> section(String name) throws IOException {
    Optional<Section> section = find(name);
    if (section.isEmpty()) {
      return Optional.empty();
    }
    SectionData data = file.debugData(section.get());
    if (data.input() != input) {
      unpacked.add(data.input());
    }
    return Optional.of(data);
  }

  /** A section's bytes; none where there is no such section. */
  byte[] bytes(String name) throws IOException {
    Optional<Section> section = find(name);
    return section.isEmpty() ? new byte[0] : file.debugBytes(section.get());
  }

  private void close(DumpInput other) throws IOException {
    if (other != input) {
      other.close();
    }
  }

  @Override
  public void close() throws IOException {
    for (DumpInput other : unpacked) {
      close(other);
    }
    input.close();
  }
}
