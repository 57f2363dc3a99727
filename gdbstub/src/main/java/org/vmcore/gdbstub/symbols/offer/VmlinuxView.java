package org.vmcore.gdbstub.symbols.offer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.gdbstub.symbols.offer.PatchedInput.Patch;
import org.vmcore.gdbstub.symbols.read.Vmlinux;
import org.vmcore.gdbstub.symbols.write.frames.FrameTable;

/**
 * A vmlinux of 64 bits as gdb takes it best. Where per-CPU symbols are offsets from 0, their
 * segment is shown as none (PT_NULL) and their section as empty (SHT_NOBITS): gdb then leaves it
 * where it is when it moves all else for KASLR. Functions whose call-frame information misleads are
 * shown as having none, so that gdb asks the library that has a right one.
 */
final class VmlinuxView {
  private static final int PT_NULL = 0;
  private static final int PT_LOAD = 1;
  private static final int SHT_NOBITS = 8;
  private static final int HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int SECTION_HEADER = 64;
  private static final int SYMBOL = 24;
  private static final int STT_NOTYPE = 0;
  private static final int STT_FUNC = 2;
  private static final int ELFCLASS64 = 2;
  private static final int MAX_SECTION = 1 << 28;

  private final DumpInput file;
  private final List<Section> sections = new ArrayList<>();
  private final ByteBuffer header;

  /**
   * @param at of its header in the file
   */
  record Section(
      String name, int type, long flags, long at, long address, long offset, long size) {}

  private VmlinuxView(DumpInput file, ByteBuffer header) {
    this.file = file;
    this.header = header;
  }

  /**
   * @return empty for a file of 32 bits, which is served as it is
   * @throws IOException when it cannot be read or is damaged
   */
  static Optional<VmlinuxView> open(DumpInput file) throws IOException {
    byte[] bytes = read(file, 0, HEADER);
    if (bytes[4] != ELFCLASS64) {
      return Optional.empty();
    }
    ByteOrder order = bytes[5] == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    VmlinuxView view = new VmlinuxView(file, ByteBuffer.wrap(bytes).order(order));
    view.readSections();
    return Optional.of(view);
  }

  private static byte[] read(DumpInput file, long position, long length) throws IOException {
    if (length < 0 || length > MAX_SECTION || position < 0) {
      throw new IOException(file.name() + ": a part of %#x bytes is damaged".formatted(length));
    }
    byte[] bytes = new byte[(int) length];
    if (file.read(position, bytes, 0, bytes.length) < bytes.length) {
      throw new IOException(file.name() + ": ends before it should");
    }
    return bytes;
  }

  /** A copy of a part of the file. */
  ByteBuffer part(long position, long length) throws IOException {
    return ByteBuffer.wrap(read(file, position, length)).order(header.order());
  }

  private void readSections() throws IOException {
    long table = header.getLong(40);
    int count = header.getShort(60) & 0xffff;
    int names = header.getShort(62) & 0xffff;
    ByteBuffer headers = part(table, (long) count * SECTION_HEADER);
    if (names >= count) {
      return;
    }
    int ofNames = names * SECTION_HEADER;
    ByteBuffer texts = part(headers.getLong(ofNames + 24), headers.getLong(ofNames + 32));
    for (int i = 0; i < count; i++) {
      int at = i * SECTION_HEADER;
      sections.add(
          new Section(
              text(texts, headers.getInt(at)),
              headers.getInt(at + 4),
              headers.getLong(at + 8),
              table + at,
              headers.getLong(at + 16),
              headers.getLong(at + 24),
              headers.getLong(at + 32)));
    }
  }

  private static String text(ByteBuffer texts, int at) {
    StringBuilder name = new StringBuilder();
    for (int i = at; i >= 0 && i < texts.limit() && texts.get(i) != 0; i++) {
      name.append((char) (texts.get(i) & 0xff));
    }
    return name.toString();
  }

  ByteOrder order() {
    return header.order();
  }

  /** {@code e_machine}. */
  int machine() {
    return header.getShort(18) & 0xffff;
  }

  /** A copy of the file's header. */
  @SuppressWarnings("ByteBufferBackingArray") // It wraps the whole of one.
  ByteBuffer header() {
    return ByteBuffer.wrap(header.array().clone()).order(header.order());
  }

  List<Section> sections() {
    return List.copyOf(sections);
  }

  /** A copy of a section's header. */
  ByteBuffer sectionHeader(Section section) throws IOException {
    return part(section.at(), SECTION_HEADER);
  }

  /** The ends of functions, those of assembly too, by where they start, as the symbols tell. */
  NavigableMap<Long, Long> functions() throws IOException {
    NavigableMap<Long, Long> functions = new TreeMap<>();
    Optional<Section> table = section(".symtab");
    if (table.isPresent()) {
      ByteBuffer symbols = part(table.get().offset(), table.get().size());
      for (int at = 0; at + SYMBOL <= symbols.limit(); at += SYMBOL) {
        long start = symbols.getLong(at + 8);
        long size = symbols.getLong(at + 16);
        int type = symbols.get(at + 4) & 0xf;
        if ((type == STT_FUNC || type == STT_NOTYPE) && size > 0) {
          functions.merge(start, start + size, Math::max);
        }
      }
    }
    return functions;
  }

  private Optional<Section> section(String name) {
    return sections.stream().filter(section -> section.name().equals(name)).findFirst();
  }

  /** What .debug_frame describes; empty where there is none. */
  Optional<FrameTable> frames() throws IOException {
    Optional<Section> section = section(".debug_frame");
    return section.isEmpty()
        ? Optional.empty()
        : Optional.of(FrameTable.parse(part(section.get().offset(), section.get().size())));
  }

  /**
   * The file as it is to be shown.
   *
   * @param misled places in .debug_frame as {@link FrameTable#misled} tells them
   */
  DumpInput shown(int[] misled) throws IOException {
    List<Patch> patches = new ArrayList<>();
    Optional<Section> perCpu =
        section(Vmlinux.PER_CPU_SECTION).filter(section -> section.address() == 0);
    if (perCpu.isPresent()) {
      patches.add(word(perCpu.get().at() + 4, SHT_NOBITS));
      patches.addAll(withoutSegment(perCpu.get()));
    }
    Optional<Section> frames = section(".debug_frame");
    for (int at : misled) {
      patches.add(new Patch(frames.orElseThrow().offset() + at, new byte[Long.BYTES]));
    }
    return new PatchedInput(file, patches);
  }

  /** The file as one that has no call-frame information. */
  DumpInput withoutFrames() {
    return new PatchedInput(
        file,
        section(".debug_frame").map(found -> word(found.at() + 4, SHT_NOBITS)).stream().toList());
  }

  private List<Patch> withoutSegment(Section perCpu) throws IOException {
    return segments().stream()
        .filter(segment -> segment.address() == perCpu.address())
        .map(segment -> word(segment.at(), PT_NULL))
        .toList();
  }

  /**
   * @param at of its header in the file
   */
  private record Segment(long at, long address) {}

  private List<Segment> segments() throws IOException {
    long table = header.getLong(32);
    int count = header.getShort(56) & 0xffff;
    ByteBuffer headers = part(table, (long) count * PROGRAM_HEADER);
    List<Segment> loads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int at = i * PROGRAM_HEADER;
      if (headers.getInt(at) == PT_LOAD) {
        loads.add(new Segment(table + at, headers.getLong(at + 16)));
      }
    }
    return loads;
  }

  /**
   * Where the loadable segments were in the run, in the order of the file.
   *
   * @param slide from link-time to run-time addresses
   * @param perCpu where per-CPU symbols are to be that count from 0
   */
  List<Long> segments(long slide, long perCpu) throws IOException {
    boolean fromZero =
        section(Vmlinux.PER_CPU_SECTION).filter(section -> section.address() == 0).isPresent();
    return segments().stream()
        .map(segment -> fromZero && segment.address() == 0 ? perCpu : segment.address() + slide)
        .toList();
  }

  private Patch word(long position, int value) {
    return new Patch(
        position, ByteBuffer.allocate(Integer.BYTES).order(header.order()).putInt(value).array());
  }
}
