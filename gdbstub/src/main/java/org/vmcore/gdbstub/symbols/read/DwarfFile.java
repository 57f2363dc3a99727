package org.vmcore.gdbstub.symbols.read;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.gdbstub.symbols.dwarf.Dwarf;
import org.vmcore.gdbstub.symbols.read.DwarfUnit.Strings;
import org.vmcore.gdbstub.symbols.read.elf.SectionData;

/**
 * The debugging information of a vmlinux or a module, read a unit at a time. A name is searched for
 * unit by unit, and each unit is indexed once: those of a kernel include much the same headers, so
 * that the first ones answer most questions, however large the file is.
 *
 * <p>Entries have positions: offsets in .debug_info, and for those of the file that this one shares
 * entries with, offsets from {@link #SHARED}.
 *
 * <p>Safe for use by several threads.
 */
final class DwarfFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DwarfFile.class);

  /** Position of the first entry of the shared file; beyond what any file can have. */
  static final long SHARED = 1L << 62;

  /** Units that are kept parsed. */
  private static final int CACHED_UNITS = 16;

  private final DebugSections sections;
  private final SectionData info;
  private final long start;
  private final @Nullable DwarfFile shared;
  private final Strings strings;
  private final byte[] abbreviations;
  private final List<Unit> units;
  private final RecentUnits recent = new RecentUnits();

  /** Where names were found, in the units that were searched. */
  private final Map<Key, Long> found = new HashMap<>();

  private int searched;
  private boolean told;

  /**
   * @param tag of its entry: C has separate name spaces for struct, union, enum and the rest
   */
  record Key(int tag, String name) {}

  /**
   * @param offset in .debug_info
   */
  private record Unit(long offset, UnitHeader header) {}

  private static final class RecentUnits extends LinkedHashMap<Long, DwarfUnit> {
    private static final long serialVersionUID = 1;

    RecentUnits() {
      super(CACHED_UNITS, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, DwarfUnit> eldest) {
      return size() > CACHED_UNITS;
    }
  }

  /**
   * @param start position of the first byte of .debug_info
   */
  private DwarfFile(DebugSections sections, long start, @Nullable DwarfFile shared)
      throws IOException, DwarfException {
    this.sections = sections;
    this.info = sections.section("info").orElseThrow(() -> new DwarfException("no .debug_info"));
    this.start = start;
    this.shared = shared;
    this.strings =
        new Strings(
            sections.bytes("str"),
            sections.bytes("line_str"),
            sections.bytes("str_offsets"),
            shared == null ? new byte[0] : shared.strings.strings());
    this.abbreviations = sections.bytes("abbrev");
    this.units = units();
  }

  /**
   * Opens a file, or says that there is no debugging information of it.
   *
   * @param directories where files are that it was moved to
   * @throws DwarfException when it cannot be understood
   */
  static Optional<DwarfFile> open(Path path, DebugDirectories directories)
      throws IOException, DwarfException {
    DebugInfoFiles files = new DebugInfoFiles(directories);
    Optional<DebugSections> found = files.find(path);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    DebugSections sections = found.get();
    DwarfFile shared = null;
    try {
      Optional<DebugSections> other = files.shared(sections);
      shared = other.isEmpty() ? null : open(other.get());
      return Optional.of(new DwarfFile(sections, 0, shared));
    } catch (IOException | DwarfException | RuntimeException e) {
      sections.close();
      if (shared != null) {
        shared.close();
      }
      throw e;
    }
  }

  private static DwarfFile open(DebugSections shared) throws IOException, DwarfException {
    try {
      return new DwarfFile(shared, SHARED, null);
    } catch (IOException | DwarfException | RuntimeException e) {
      shared.close();
      throw e;
    }
  }

  private List<Unit> units() throws IOException, DwarfException {
    List<Unit> list = new ArrayList<>();
    long at = 0;
    while (at + UnitHeader.LONGEST <= info.size()) {
      ByteBuffer head =
          ByteBuffer.wrap(info.read(at, UnitHeader.LONGEST)).order(sections.file().order());
      UnitHeader header = UnitHeader.parse(head, at);
      if (header.unitBytes() > info.size() - at || header.unitBytes() > Integer.MAX_VALUE - 8) {
        throw new DwarfException(".debug_info: the unit at %#x ends after it".formatted(at));
      }
      if (header.types()) {
        list.add(new Unit(at, header));
      }
      at += header.unitBytes();
    }
    return list;
  }

  /** The definition of a type, or of a variable. */
  synchronized Optional<Die> find(int tag, String name) throws IOException, DwarfException {
    Key key = new Key(tag, name);
    while (!found.containsKey(key) && searched < units.size()) {
      Unit next = units.get(searched++);
      try {
        index(unit(next));
      } catch (DwarfException e) {
        tell(e);
      }
    }
    Long position = found.get(key);
    if (position != null) {
      return Optional.of(at(position));
    }
    return shared == null ? Optional.empty() : shared.find(tag, name);
  }

  /** Tells of the first of the units that cannot be understood; what others have is used. */
  private void tell(DwarfException problem) {
    if (!told) {
      told = true;
      LOG.warn("{}: not all of it can be used: {}", sections.path(), problem.getMessage());
    }
  }

  private void index(DwarfUnit unit) throws DwarfException {
    for (Die die = unit.firstChild(unit.root()); die != null; die = unit.nextSibling(die)) {
      // The definition of a variable that was declared before has no name, but refers to there.
      boolean counts = !die.attributes().declaration || die.tag() == Dwarf.TAG_VARIABLE;
      if (isNamed(die.tag()) && die.name() != null && counts) {
        found.putIfAbsent(new Key(die.tag(), die.name()), unit.position() + die.offset());
      }
    }
  }

  private static boolean isNamed(int tag) {
    return switch (tag) {
      case Dwarf.TAG_STRUCTURE_TYPE,
          Dwarf.TAG_UNION_TYPE,
          Dwarf.TAG_ENUMERATION_TYPE,
          Dwarf.TAG_TYPEDEF,
          Dwarf.TAG_BASE_TYPE,
          Dwarf.TAG_VARIABLE ->
          true;
      default -> false;
    };
  }

  /**
   * The entry at a position, as references give them.
   *
   * @throws DwarfException when there is none
   */
  synchronized Die at(long position) throws IOException, DwarfException {
    if (position >= SHARED && start != SHARED) {
      if (shared == null) {
        throw new DwarfException("the file that it shares types with was not found");
      }
      return shared.at(position);
    }
    long offset = position - start;
    int low = 0;
    int high = units.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (units.get(middle).offset() <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    Unit unit = units.isEmpty() ? null : units.get(low);
    if (unit == null
        || offset < unit.offset()
        || offset >= unit.offset() + unit.header().unitBytes()) {
      throw new DwarfException(".debug_info: no unit of types has %#x".formatted(offset));
    }
    return unit(unit).require((int) (offset - unit.offset()));
  }

  private DwarfUnit unit(Unit unit) throws IOException, DwarfException {
    DwarfUnit known = recent.get(unit.offset());
    if (known != null) {
      return known;
    }
    DwarfUnit parsed =
        new DwarfUnit(
            start + unit.offset(),
            start,
            info.read(unit.offset(), (int) unit.header().unitBytes()),
            sections.file().order(),
            unit.header(),
            strings,
            Abbreviations.parse(abbreviations, unit.header().abbreviations()));
    parsed.root();
    recent.put(unit.offset(), parsed);
    return parsed;
  }

  @Override
  public void close() throws IOException {
    sections.close();
    if (shared != null) {
      shared.close();
    }
  }
}
