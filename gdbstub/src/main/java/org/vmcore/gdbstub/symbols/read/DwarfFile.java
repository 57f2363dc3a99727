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
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.FileInput;
import org.vmcore.gdbstub.symbols.read.DwarfUnit.Strings;

/**
 * The debugging information of a vmlinux or a module, read a unit at a time. A name is searched for
 * unit by unit, and each unit is indexed once: those of a kernel include much the same headers, so
 * that the first ones answer most questions, however large the file is.
 *
 * <p>Safe for use by several threads.
 */
final class DwarfFile implements AutoCloseable {
  private static final String INFO = ".debug_info";

  /** Units that are kept parsed. */
  private static final int CACHED_UNITS = 16;

  private final DumpInput input;
  private final DebugSections sections;
  private final DebugSection info;
  private final Strings strings;
  private final byte[] abbreviations;
  private final Map<Long, Abbreviations> tables = new HashMap<>();
  private final List<Unit> units;
  private final RecentUnits recent = new RecentUnits();

  /** Where names were found, in the units that were searched. */
  private final Map<Key, Long> found = new HashMap<>();

  private int searched;

  /**
   * @param tag of its entry: C has separate name spaces for struct, union, enum and the rest
   */
  record Key(int tag, String name) {}

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

  private DwarfFile(DumpInput input, DebugSections sections, DebugSection info)
      throws IOException, DwarfException {
    this.input = input;
    this.sections = sections;
    this.info = info;
    this.strings =
        new Strings(
            sections.bytes(".debug_str"),
            sections.bytes(".debug_line_str"),
            sections.bytes(".debug_str_offsets"));
    this.abbreviations = sections.bytes(".debug_abbrev");
    this.units = units(info);
  }

  /**
   * Opens a file, or says that it has no debugging information.
   *
   * @throws DwarfException when it cannot be understood
   */
  static Optional<DwarfFile> open(Path path) throws IOException, DwarfException {
    FileInput input = FileInput.open(path);
    try {
      DebugSections sections = DebugSections.open(input);
      DebugSection info = sections.section(INFO);
      if (info == null) {
        input.close();
        return Optional.empty();
      }
      return Optional.of(new DwarfFile(input, sections, info));
    } catch (IOException | DwarfException | RuntimeException e) {
      input.close();
      throw e;
    }
  }

  private List<Unit> units(DebugSection info) throws IOException, DwarfException {
    List<Unit> list = new ArrayList<>();
    long at = 0;
    while (at + UnitHeader.LONGEST <= info.size()) {
      ByteBuffer head = ByteBuffer.wrap(info.read(at, UnitHeader.LONGEST)).order(sections.order());
      UnitHeader header = UnitHeader.parse(head, at);
      if (header.unitBytes() > info.size() - at || header.unitBytes() > Integer.MAX_VALUE - 8) {
        throw new DwarfException(
            "%s: the unit at %#x of .debug_info ends after it".formatted(input.name(), at));
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
      index(unit(units.get(searched++)));
    }
    Long offset = found.get(key);
    return offset == null ? Optional.empty() : Optional.of(at(offset));
  }

  private void index(DwarfUnit unit) throws DwarfException {
    for (Die die = unit.firstChild(unit.root()); die != null; die = unit.nextSibling(die)) {
      // The definition of a variable that was declared before has no name, but refers to there.
      boolean counts = !die.attributes().declaration || die.tag() == Dwarf.TAG_VARIABLE;
      if (isNamed(die.tag()) && die.name() != null && counts) {
        found.putIfAbsent(new Key(die.tag(), die.name()), unit.offset() + die.offset());
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
   * The entry at an offset in .debug_info, as references give them.
   *
   * @throws DwarfException when there is none
   */
  synchronized Die at(long offset) throws IOException, DwarfException {
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
      throw new DwarfException("%s: no unit of types has %#x".formatted(input.name(), offset));
    }
    return unit(unit).require((int) (offset - unit.offset()));
  }

  private DwarfUnit unit(Unit unit) throws IOException, DwarfException {
    DwarfUnit known = recent.get(unit.offset());
    if (known != null) {
      return known;
    }
    long table = unit.header().abbreviations();
    Abbreviations shapes = tables.get(table);
    if (shapes == null) {
      shapes = Abbreviations.parse(abbreviations, table);
      tables.put(table, shapes);
    }
    DwarfUnit parsed =
        new DwarfUnit(
            unit.offset(),
            info.read(unit.offset(), (int) unit.header().unitBytes()),
            sections.order(),
            unit.header(),
            strings,
            shapes);
    parsed.root();
    recent.put(unit.offset(), parsed);
    return parsed;
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
