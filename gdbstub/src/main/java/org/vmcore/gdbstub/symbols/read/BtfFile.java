package org.vmcore.gdbstub.symbols.read;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.unwrap.UnpackedFile;
import org.vmcore.gdbstub.linux.types.Btf;
import org.vmcore.gdbstub.linux.types.BtfException;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.symbols.read.elf.ObjectFile;
import org.vmcore.gdbstub.symbols.read.elf.Section;
import org.vmcore.gdbstub.symbols.read.elf.SectionData;

/**
 * A kernel's BTF in a file: alone, as /sys/kernel/btf/vmlinux shows it, or in a vmlinux. That of a
 * module is on top of its kernel's, and is none by itself.
 */
public final class BtfFile {
  /** More than any kernel has. */
  private static final int LARGEST = 256 << 20;

  private BtfFile() {}

  /**
   * Opens a file.
   *
   * @param pointerBytes 4 or 8, which BTF does not tell
   * @return empty when it has no BTF of a kernel
   */
  public static Optional<TypeTable> open(Path path, int pointerBytes)
      throws IOException, BtfException {
    try (DumpInput input = UnpackedFile.open(path, LARGEST)) {
      Optional<SectionData> data =
          isAlone(input)
              ? Optional.of(new SectionData(input, "BTF", 0, input.size()))
              : section(ObjectFile.read(input));
      if (data.isEmpty()) {
        return Optional.empty();
      }
      if (data.get().size() > LARGEST) {
        throw new IOException(
            "%s: has %d bytes of BTF, more than any kernel".formatted(path, data.get().size()));
      }
      return Optional.of(Btf.parse(path.toString(), data.get().readAll(), pointerBytes));
    }
  }

  /** Whether a file is nothing but BTF. */
  public static boolean isAlone(Path path) throws IOException {
    try (DumpInput input = UnpackedFile.open(path, LARGEST)) {
      return isAlone(input);
    }
  }

  /**
   * Looks whether a file is of a kind that has types, which are read when they are wanted.
   *
   * @throws IOException when it cannot be read or is neither BTF nor ELF
   */
  public static void requireFileOfTypes(Path path) throws IOException {
    try (DumpInput input = UnpackedFile.open(path, LARGEST)) {
      if (!isAlone(input) && !input.startsWith("\177ELF")) {
        throw new IOException(
            path + ": has no types: give a vmlinux or module with debug info, or a file of BTF");
      }
    }
  }

  /** By its magic number 0xeb9f in either byte order. */
  private static boolean isAlone(DumpInput input) throws IOException {
    byte[] magic = new byte[2];
    if (input.read(0, magic, 0, magic.length) < magic.length) {
      return false;
    }
    int number = (magic[0] & 0xff) << 8 | (magic[1] & 0xff);
    return number == 0xeb9f || number == 0x9feb;
  }

  private static Optional<SectionData> section(ObjectFile file) throws IOException {
    Optional<Section> section =
        file.type() == ObjectFile.ET_REL
            ? Optional.empty()
            : file.section(".BTF").filter(Section::isStored);
    return section.isEmpty() ? Optional.empty() : Optional.of(file.data(section.get()));
  }
}
