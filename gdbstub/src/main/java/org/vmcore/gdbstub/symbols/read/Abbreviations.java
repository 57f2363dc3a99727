package org.vmcore.gdbstub.symbols.read;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.symbols.dwarf.Dwarf;

/**
 * The shapes of entries that a unit uses (DWARF 5, section 7.5.3).
 *
 * <pre>
 * table       = abbreviation* 0
 * abbreviation = uleb code, uleb tag, u8 has_children, { uleb attribute, uleb form [, sleb const] }*, 0, 0
 * </pre>
 */
final class Abbreviations {
  /** More attributes than any entry has; a guard against garbage. */
  private static final int MAX_ATTRIBUTES = 256;

  private final Map<Long, Abbreviation> byCode = new HashMap<>();

  /**
   * @param constants values of those attributes whose form is DW_FORM_implicit_const
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Abbreviation(
      int tag, boolean hasChildren, int[] attributes, int[] forms, long[] constants) {}

  private Abbreviations() {}

  /**
   * @param section .debug_abbrev
   * @throws DwarfException when the table does not end well
   */
  static Abbreviations parse(byte[] section, long offset) throws DwarfException {
    Abbreviations table = new Abbreviations();
    if (offset < 0 || offset >= section.length) {
      throw new DwarfException(".debug_abbrev has no offset %#x".formatted(offset));
    }
    ByteBuffer in = ByteBuffer.wrap(section).position((int) offset);
    try {
      for (long code = Leb128.unsigned(in); code != 0; code = Leb128.unsigned(in)) {
        table.byCode.put(code, abbreviation(in));
      }
      return table;
    } catch (BufferUnderflowException e) {
      throw new DwarfException(".debug_abbrev ends within the table at %#x".formatted(offset));
    }
  }

  private static Abbreviation abbreviation(ByteBuffer in) throws DwarfException {
    int tag = (int) Leb128.unsigned(in);
    boolean children = in.get() != 0;
    int[] attributes = new int[8];
    int[] forms = new int[8];
    long[] constants = new long[8];
    int count = 0;
    while (true) {
      int attribute = (int) Leb128.unsigned(in);
      int form = (int) Leb128.unsigned(in);
      long constant = form == Dwarf.FORM_IMPLICIT_CONST ? Leb128.signed(in) : 0;
      if (attribute == 0 && form == 0) {
        return new Abbreviation(
            tag,
            children,
            Arrays.copyOf(attributes, count),
            Arrays.copyOf(forms, count),
            Arrays.copyOf(constants, count));
      }
      if (count == MAX_ATTRIBUTES) {
        throw new DwarfException(".debug_abbrev has an entry without an end");
      }
      if (count == attributes.length) {
        attributes = Arrays.copyOf(attributes, 2 * count);
        forms = Arrays.copyOf(forms, 2 * count);
        constants = Arrays.copyOf(constants, 2 * count);
      }
      attributes[count] = attribute;
      forms[count] = form;
      constants[count] = constant;
      count++;
    }
  }

  @Nullable Abbreviation get(long code) {
    return byCode.get(code);
  }
}
