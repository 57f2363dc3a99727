package org.vmcore.gdbstub.symbols.write.dwarf;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypeTable;

/**
 * Debug information of a kernel and its modules: one unit with every type, function and variable of
 * the kernel, and one for each module, whose types refer to the kernel's. It is DWARF 4, in which
 * nothing is missing that BTF can tell, and which every debugger reads. Types of one unit refer to
 * those of another by DW_FORM_ref_addr, which is no longer than DW_FORM_ref4 and used throughout.
 */
public final class DebugInfo {
  private final Entries entries;
  private final String producer;
  private @Nullable Unit kernel;

  public DebugInfo(ByteOrder order, int addressBytes, String producer) {
    this.entries = new Entries(order, addressBytes);
    this.producer = producer;
  }

  /**
   * A piece of code.
   *
   * @param size bytes, at least 1
   */
  public record Piece(long address, long size) {}

  /**
   * A function.
   *
   * @param name as in the source
   * @param cold what the compiler moved away from it
   * @param prototype of the unit's types
   */
  public record Code(
      String name, Piece code, Optional<Piece> cold, @Nullable TypeRef prototype, boolean global) {}

  /** A variable. */
  public record Data(String name, DataType type, long address, boolean global) {}

  /**
   * Writes a unit, of the kernel first and then of its modules.
   *
   * @param low run-time address of the first byte of code
   * @param high address after its last byte
   */
  public void unit(
      String name, TypeTable types, long low, long high, List<Code> code, List<Data> data) {
    int lengthAt = entries.beginUnit();
    entries
        .begin(Dwarf.TAG_COMPILE_UNIT)
        .text(Dwarf.AT_PRODUCER, producer)
        .number(Dwarf.AT_LANGUAGE, Dwarf.LANG_C99)
        .name(name)
        .address(Dwarf.AT_LOW_PC, low)
        .unsigned(Dwarf.AT_HIGH_PC, high - low)
        .open();
    Unit unit = new Unit(entries, types, kernel);
    unit.types();
    code.forEach(unit::function);
    data.forEach(unit::variable);
    unit.resolve();
    entries.close();
    entries.endUnit(lengthAt);
    if (kernel == null) {
      kernel = unit;
    }
  }

  /** The section {@code .debug_info}. */
  public byte[] info() {
    return entries.info();
  }

  /** The section {@code .debug_abbrev}. */
  public byte[] abbreviations() {
    return entries.abbreviations();
  }

  /** The section {@code .debug_ranges}. */
  public byte[] ranges() {
    return entries.ranges();
  }

  /** The section {@code .debug_str}. */
  public byte[] strings() {
    return entries.strings();
  }
}
