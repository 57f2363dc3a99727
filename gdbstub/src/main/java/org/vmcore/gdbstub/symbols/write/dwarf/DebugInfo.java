package org.vmcore.gdbstub.symbols.write.dwarf;

import java.nio.ByteOrder;
import java.util.List;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.symbols.dwarf.Dwarf;
import org.vmcore.gdbstub.symbols.write.elf.Anchored;

/**
 * Debug information of a kernel and its modules: of the kernel and of each module one unit with
 * every type and variable, where those of modules refer to the kernel's, and units with some
 * functions each, for debuggers read the whole of a unit when they want something of it. It is
 * DWARF 4, in which nothing is missing that BTF can tell, and which every debugger reads. Types of
 * one unit refer to those of another by DW_FORM_ref_addr, which is no longer than DW_FORM_ref4 and
 * used throughout.
 */
public final class DebugInfo {
  private static final int VERSION = 4;

  final Anchored info;
  final Anchored ranges;
  final Abbreviations abbreviations = new Abbreviations();
  final Names names;
  final int addressBytes;
  private final Start start;
  private final String producer;

  /**
   * How long the sections are that these follow: those of the kernel, where these are of modules.
   */
  public record Start(int info, int abbreviations, int ranges, int strings) {
    public static final Start NONE = new Start(0, 0, 0, 0);
  }

  public DebugInfo(ByteOrder order, int addressBytes, String producer, Start start) {
    this.info = new Anchored(order, addressBytes);
    this.ranges = new Anchored(order, addressBytes);
    this.names = new Names(start.strings());
    this.addressBytes = addressBytes;
    this.producer = producer;
    this.start = start;
  }

  /** That the names of a table of types are where the section of strings starts. */
  public void namesAreAtStart(TypeTable table) {
    names.isAtStart(table);
  }

  /**
   * Begins a unit with all types of a table, which variables are to follow.
   *
   * @param baseOffsets where in .debug_info the types with lower numbers are
   */
  public Unit unit(String name, TypeTable types, int[] baseOffsets) {
    // Where these are the first, the table's names come before all others.
    TypeEntries entries =
        new TypeEntries(info.bytes(), start.info(), abbreviations, names, types, baseOffsets);
    int lengthAt = begin(Shape.UNIT, name);
    entries.write();
    return new Unit(this, entries, lengthAt);
  }

  /**
   * Begins a unit for some functions, with the types that these need.
   *
   * @param types what their prototypes are of
   * @param code where that of the functions is
   */
  public Unit functions(String name, TypeTable types, List<Unit.Code> code) {
    int lengthAt = begin(Shape.CODE_UNIT, name);
    info.bytes().u4(rangesEnd());
    addRanges(code);
    TypeEntries needed = new NeededTypes(info.bytes(), start.info(), abbreviations, names, types);
    return new Unit(this, needed, lengthAt);
  }

  /** Returns where the unit's length is to be. */
  private int begin(Shape shape, String name) {
    int lengthAt = info.size();
    info.bytes().u4(0).u2(VERSION).u4(start.abbreviations()).u1(addressBytes);
    info.bytes()
        .u1(abbreviations.code(shape, Shape.NAMED))
        .u4(names.text(name))
        .u4(names.text(producer))
        .u1(Dwarf.LANG_C99);
    return lengthAt;
  }

  /** Adds a list of pieces with their ends, from the base address 0 (2.17.3). */
  void addRanges(List<Unit.Code> code) {
    ranges.bytes().word(-1, addressBytes).word(0, addressBytes);
    for (Unit.Code piece : code) {
      ranges.address(piece.anchor(), piece.start());
      ranges.address(piece.anchor(), piece.start() + piece.size());
    }
    ranges.bytes().word(0, addressBytes).word(0, addressBytes);
  }

  /** Where the next entry goes in its section. */
  int infoEnd() {
    return start.info() + info.size();
  }

  /** Where the next list of ranges goes in its section. */
  int rangesEnd() {
    return start.ranges() + ranges.size();
  }

  /** The section {@code .debug_info}. */
  public Anchored.Piece info() {
    return info.toPiece();
  }

  /** The section {@code .debug_abbrev}. */
  public byte[] abbreviations() {
    return abbreviations.toArray();
  }

  /** The section {@code .debug_ranges}. */
  public Anchored.Piece ranges() {
    return ranges.toPiece();
  }

  /** The section {@code .debug_str}. */
  public byte[] strings() {
    return names.toArray();
  }
}
