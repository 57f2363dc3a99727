package org.vmcore.gdbstub.symbols.read.elf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.BytesInput;

/**
 * An ELF object file, such as a vmlinux, a module, or a file with the debugging information of one.
 * What is read at first are its headers, all of which are checked; nothing else is read before it
 * is asked for. Safe for use by several threads.
 */
public final class ObjectFile {
  /** {@code e_type} of a file that is not linked, as modules are. */
  public static final int ET_REL = 1;

  private final DumpInput input;
  private final FileHeader header;
  private final SectionTable sections;
  private final Optional<Symbols.Place> symbols;
  private final Map<String, Long> addresses;

  private ObjectFile(
      DumpInput input, FileHeader header, SectionTable sections, Map<String, Long> addresses)
      throws ElfFormatException {
    this.input = input;
    this.header = header;
    this.sections = sections;
    this.addresses = addresses;
    Optional<Section> table = ofType(Section.SHT_SYMTAB).findFirst();
    this.symbols =
        table.isEmpty()
            ? Optional.empty()
            : Optional.of(Symbols.Place.of(input, sections, table.get(), header.is64()));
  }

  /**
   * Reads the headers of a file.
   *
   * @param input stays the caller's, and must be open as long as this is used
   * @throws ElfFormatException when it is no ELF file, is cut short or is damaged
   */
  public static ObjectFile read(DumpInput input) throws IOException {
    return readPlaced(input, Map.of());
  }

  /**
   * The same of a file that is not linked, with where its sections are at run time: what {@link
   * #debugData} has of addresses is of that run.
   *
   * @param addresses by the sections' names; others are at 0
   */
  public static ObjectFile readPlaced(DumpInput input, Map<String, Long> addresses)
      throws IOException {
    FileHeader header = FileHeader.read(input);
    return new ObjectFile(input, header, SectionTable.read(input, header), Map.copyOf(addresses));
  }

  /** Whether a file begins as ELF files do. */
  public static boolean isElf(DumpInput input) throws IOException {
    return FileHeader.isElf(input);
  }

  /** The file's name, for messages. */
  public String name() {
    return input.name();
  }

  /** {@code e_type}. */
  public int type() {
    return header.type();
  }

  /** {@code e_machine}. */
  public int machine() {
    return header.machine();
  }

  public ByteOrder order() {
    return header.order();
  }

  /** 8 for ELF64, 4 for ELF32. */
  public int wordBytes() {
    return header.is64() ? Long.BYTES : Integer.BYTES;
  }

  public List<Segment> segments() {
    return header.segments();
  }

  /** All sections in the order of their numbers, that of number 0, which is none, among them. */
  public Stream<Section> sections() {
    return IntStream.range(0, sections.count()).mapToObj(sections::section);
  }

  /** A section by its number, unsigned; empty where there is none. */
  public Optional<Section> section(int index) {
    return index >= 0 && index < sections.count()
        ? Optional.of(sections.section(index))
        : Optional.empty();
  }

  /** The first section of a name. */
  public Optional<Section> section(String name) {
    byte[] bytes = name.getBytes(ISO_8859_1);
    return IntStream.range(0, sections.count())
        .filter(index -> sections.isCalled(index, bytes))
        .mapToObj(sections::section)
        .findFirst();
  }

  private Stream<Section> ofType(int type) {
    return IntStream.range(0, sections.count())
        .filter(index -> sections.type(index) == type)
        .mapToObj(sections::section);
  }

  /**
   * The bytes of a section, unpacked where they are compressed; none of one that has none in the
   * file.
   *
   * @return what has an input of its own where they are; that is to be closed
   * @throws ElfFormatException when they cannot be unpacked
   */
  public SectionData data(Section section) throws IOException {
    SectionData stored =
        new SectionData(
            input, section.name(), section.offset(), section.isStored() ? section.size() : 0);
    return CompressedSection.isOne(section) ? CompressedSection.unpack(this, stored) : stored;
  }

  /**
   * The bytes of a section with debugging information: in a file that is not linked, strings and
   * other entries are only found in it when it has been relocated.
   *
   * @throws ElfFormatException when it cannot be
   */
  public SectionData debugData(Section section) throws IOException {
    SectionData data = data(section);
    if (type() != ET_REL) {
      return data;
    }
    byte[] bytes = readAll(data);
    Relocations.apply(this, section, ByteBuffer.wrap(bytes).order(order()));
    return new SectionData(new BytesInput(name(), bytes), section.name(), 0, bytes.length);
  }

  /** All of {@link #debugData}, with nothing to be closed. */
  public byte[] debugBytes(Section section) throws IOException {
    return readAll(debugData(section));
  }

  private byte[] readAll(SectionData data) throws IOException {
    try {
      return data.readAll();
    } finally {
      if (data.input() != input) {
        data.input().close();
      }
    }
  }

  /**
   * Where a section is at run time, of a file that is not linked; else 0.
   *
   * @param index as symbols have it; some numbers are of no section
   */
  long address(int index) {
    return addresses.isEmpty()
        ? 0
        : section(index).map(found -> addresses.getOrDefault(found.name(), 0L)).orElse(0L);
  }

  /** The tables of relocations that change a section. */
  Stream<Section> relocations(Section section) {
    return Stream.concat(ofType(Section.SHT_RELA), ofType(Section.SHT_REL))
        .filter(table -> table.info() == section.index());
  }

  /** The GNU build id in lower-case hexadecimal. */
  public Optional<String> buildId() throws IOException {
    return BuildIdNote.find(
        input,
        order(),
        Stream.concat(
                ofType(Section.SHT_NOTE).map(s -> new BuildIdNote.Place(s.offset(), s.size())),
                segments().stream()
                    .filter(segment -> segment.type() == Segment.PT_NOTE)
                    .map(s -> new BuildIdNote.Place(s.offset(), s.fileSize())))
            .toList());
  }

  /** Reads its symbols (SHT_SYMTAB); empty when they were stripped. */
  public Optional<Symbols> symbols() throws IOException {
    return symbols.isEmpty() ? Optional.empty() : Optional.of(Symbols.read(this, symbols.get()));
  }
}
