package org.vmcore.gdbstub.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.vmcore.dumpreader.api.ElfMachines;
import org.vmcore.gdbstub.demo.ImageSection.ImageSymbol;
import org.vmcore.gdbstub.demo.ImageSection.Kind;

/**
 * Writes the demo's vmlinux: an ELF64 executable (gABI, chapters 4 and 5; x86-64 psABI 4.1).
 *
 * <pre>
 *   ELF header | program headers | one page-aligned piece per loaded section | .debug_frame
 *   | .symtab | .strtab | .shstrtab | section headers
 * </pre>
 */
final class ElfImage {
  private static final int EHDR_SIZE = 64;
  private static final int PHDR_SIZE = 56;
  private static final int SHDR_SIZE = 64;
  private static final int SYM_SIZE = 24;
  private static final int PAGE = 4096;

  private static final int ET_EXEC = 2;

  private static final int PT_LOAD = 1;
  private static final int PT_NOTE = 4;
  private static final int PF_X = 1;
  private static final int PF_W = 2;
  private static final int PF_R = 4;

  private static final int SHT_PROGBITS = 1;
  private static final int SHT_SYMTAB = 2;
  private static final int SHT_STRTAB = 3;
  private static final int SHT_NOTE = 7;
  private static final int SHT_NOBITS = 8;
  private static final int SHF_WRITE = 1;
  private static final int SHF_ALLOC = 2;
  private static final int SHF_EXECINSTR = 4;

  private static final int STB_LOCAL = 0;
  private static final int STB_GLOBAL = 1;
  private static final int STT_NOTYPE = 0;
  private static final int STT_OBJECT = 1;
  private static final int STT_FUNC = 2;

  private final KernelImage kernel;
  private final List<ImageSection> sections;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<byte[]> programHeaders = new ArrayList<>();
  private final List<byte[]> sectionHeaders = new ArrayList<>();
  private final StringTable sectionNames = new StringTable();

  private ElfImage(KernelImage kernel) {
    this.kernel = kernel;
    this.sections = kernel.sections();
  }

  static byte[] write(KernelImage kernel) {
    return new ElfImage(kernel).write();
  }

  private byte[] write() {
    int segments = sections.size() + 1; // PT_NOTE
    out.writeBytes(new byte[EHDR_SIZE + segments * PHDR_SIZE]);
    sectionHeaders.add(new byte[SHDR_SIZE]);
    sections.forEach(this::addLoaded);
    addUnloaded(
        ".debug_frame", SHT_PROGBITS, CallFrames.encode(kernel.functions(), kernel::address));
    addSymbols();
    sectionNames.add(".shstrtab");
    addUnloaded(".shstrtab", SHT_STRTAB, sectionNames.bytes());
    pad(Long.BYTES);
    int sectionHeaderOffset = out.size();
    sectionHeaders.forEach(out::writeBytes);
    ByteBuffer file = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    file.put(header(sectionHeaderOffset));
    programHeaders.forEach(file::put);
    return file.array();
  }

  private void addLoaded(ImageSection section) {
    boolean inFile = section.kind() != Kind.ZERO;
    pad(PAGE);
    int offset = out.size();
    if (inFile) {
      out.writeBytes(section.contents());
    }
    int size = section.contents().length;
    long physical = kernel.loadAddress(section) - KernelImage.START_KERNEL_MAP;
    int fileSize = inFile ? size : 0;
    int access =
        switch (section.kind()) {
          case CODE -> SHF_EXECINSTR;
          case READ_ONLY, NOTES -> 0;
          case DATA, PER_CPU, ZERO -> SHF_WRITE;
        };
    programHeaders.add(programHeader(PT_LOAD, access, offset, section, physical, fileSize, PAGE));
    int type = inFile ? SHT_PROGBITS : SHT_NOBITS;
    if (section.kind() == Kind.NOTES) {
      programHeaders.add(programHeader(PT_NOTE, access, offset, section, physical, size, 4));
      type = SHT_NOTE;
    }
    int alignment = section.kind() == Kind.NOTES ? 4 : PAGE;
    addHeader(
        section.name(),
        type,
        SHF_ALLOC | access,
        section.address(),
        offset,
        size,
        0,
        0,
        alignment,
        0);
  }

  /** Local symbols come first (gABI, "Symbol Table": sh_info). */
  private void addSymbols() {
    List<ImageSymbol> symbols =
        Stream.concat(
                kernel.symbols().values().stream().filter(symbol -> !symbol.global()),
                kernel.symbols().values().stream().filter(ImageSymbol::global))
            .toList();
    int locals = (int) symbols.stream().filter(symbol -> !symbol.global()).count();
    StringTable names = new StringTable();
    byte[] entries = new byte[(symbols.size() + 1) * SYM_SIZE];
    ByteBuffer table = ByteBuffer.wrap(entries).order(ByteOrder.LITTLE_ENDIAN);
    table.position(SYM_SIZE);
    for (ImageSymbol symbol : symbols) {
      int type = symbol.isCode() ? STT_FUNC : symbol.size() > 0 ? STT_OBJECT : STT_NOTYPE;
      table
          .putInt(names.add(symbol.name()))
          .put((byte) ((symbol.global() ? STB_GLOBAL : STB_LOCAL) << 4 | type))
          .put((byte) 0) // st_other: STV_DEFAULT
          .putShort((short) sectionIndex(symbol.section()))
          .putLong(symbol.address())
          .putLong(symbol.size());
    }
    pad(Long.BYTES);
    int offset = out.size();
    out.writeBytes(entries);
    int stringTable = sectionHeaders.size() + 1;
    addHeader(
        ".symtab", SHT_SYMTAB, 0, 0, offset, entries.length, stringTable, locals + 1, 8, SYM_SIZE);
    addUnloaded(".strtab", SHT_STRTAB, names.bytes());
  }

  private int sectionIndex(Kind kind) {
    for (int i = 0; i < sections.size(); i++) {
      if (sections.get(i).kind() == kind) {
        return i + 1;
      }
    }
    throw new IllegalStateException("no section for " + kind);
  }

  private void addUnloaded(String name, int type, byte[] contents) {
    pad(Long.BYTES);
    int offset = out.size();
    out.writeBytes(contents);
    int alignment = type == SHT_STRTAB ? 1 : Long.BYTES;
    addHeader(name, type, 0, 0, offset, contents.length, 0, 0, alignment, 0);
  }

  private void addHeader(
      String name,
      int type,
      long flags,
      long address,
      long offset,
      long size,
      int link,
      int info,
      long alignment,
      long entrySize) {
    sectionHeaders.add(
        littleEndian(SHDR_SIZE)
            .putInt(sectionNames.add(name))
            .putInt(type)
            .putLong(flags)
            .putLong(address)
            .putLong(offset)
            .putLong(size)
            .putInt(link)
            .putInt(info)
            .putLong(alignment)
            .putLong(entrySize)
            .array());
  }

  private static byte[] programHeader(
      int type,
      int access,
      long offset,
      ImageSection section,
      long physical,
      long fileSize,
      long align) {
    int flags =
        PF_R | ((access & SHF_WRITE) != 0 ? PF_W : 0) | ((access & SHF_EXECINSTR) != 0 ? PF_X : 0);
    return littleEndian(PHDR_SIZE)
        .putInt(type)
        .putInt(flags)
        .putLong(offset)
        .putLong(section.address())
        .putLong(physical)
        .putLong(fileSize)
        .putLong(section.contents().length)
        .putLong(align)
        .array();
  }

  private byte[] header(int sectionHeaderOffset) {
    return littleEndian(EHDR_SIZE)
        .put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}) // ELFCLASS64, ELFDATA2LSB, EV_CURRENT
        .putLong(0)
        .putShort((short) ET_EXEC)
        .putShort((short) ElfMachines.EM_X86_64)
        .putInt(1) // e_version
        .putLong(KernelImage.TEXT - KernelImage.START_KERNEL_MAP) // e_entry, physical
        .putLong(EHDR_SIZE) // e_phoff
        .putLong(sectionHeaderOffset)
        .putInt(0) // e_flags
        .putShort((short) EHDR_SIZE)
        .putShort((short) PHDR_SIZE)
        .putShort((short) programHeaders.size())
        .putShort((short) SHDR_SIZE)
        .putShort((short) sectionHeaders.size())
        .putShort((short) (sectionHeaders.size() - 1)) // e_shstrndx
        .array();
  }

  private void pad(int alignment) {
    int rest = out.size() % alignment;
    if (rest != 0) {
      out.writeBytes(new byte[alignment - rest]);
    }
  }

  private static ByteBuffer littleEndian(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Strings with their terminating NULs, after an empty one (gABI, "String Table"). */
  private static final class StringTable {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Map<String, Integer> offsets = new HashMap<>();

    StringTable() {
      bytes.write(0);
    }

    /** Where the string starts; one that is there already is not added again. */
    int add(String text) {
      return offsets.computeIfAbsent(
          text,
          missing -> {
            int offset = bytes.size();
            bytes.writeBytes((missing + "\0").getBytes(ISO_8859_1));
            return offset;
          });
    }

    byte[] bytes() {
      return bytes.toByteArray();
    }
  }
}
