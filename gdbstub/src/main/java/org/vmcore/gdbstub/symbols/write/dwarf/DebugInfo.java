package org.vmcore.gdbstub.symbols.write.dwarf;

import java.nio.ByteOrder;
import org.vmcore.gdbstub.linux.types.TypeTable;
import org.vmcore.gdbstub.symbols.dwarf.Dwarf;
import org.vmcore.gdbstub.symbols.write.elf.Anchor;
import org.vmcore.gdbstub.symbols.write.elf.Anchored;

/**
 * Debug information of a kernel and its modules: one unit with every type, function and variable of
 * the kernel, and one for each module, whose types refer to the kernel's. It is DWARF 4, in which
 * nothing is missing that BTF can tell, and which every debugger reads. Types of one unit refer to
 * those of another by DW_FORM_ref_addr, which is no longer than DW_FORM_ref4 and used throughout.
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
   * Begins a unit with all types of a table.
   *
   * @param baseOffsets where in .debug_info the types with lower numbers are
   * @param low address of the first byte of code, from the anchor
   * @param high address after its last byte
   */
  public Unit unit(
      String name, TypeTable types, int[] baseOffsets, Anchor anchor, long low, long high) {
    // Where these are the first, the table's names come before all others.
    TypeEntries entries =
        new TypeEntries(info.bytes(), start.info(), abbreviations, names, types, baseOffsets);
    int lengthAt = info.size();
    info.bytes().u4(0).u2(VERSION).u4(start.abbreviations()).u1(addressBytes);
    info.bytes()
        .u1(abbreviations.code(Shape.UNIT, Shape.NAMED))
        .u4(names.text(name))
        .u4(names.text(producer))
        .u1(Dwarf.LANG_C99);
    info.address(anchor, low);
    info.bytes().uleb(high - low);
    entries.write();
    return new Unit(this, entries, lengthAt);
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
