package org.vmcore.gdbstub.symbols.write.dwarf;

import java.nio.ByteOrder;
import org.vmcore.gdbstub.symbols.dwarf.Dwarf;
import org.vmcore.gdbstub.symbols.write.elf.Bytes;

/** A table of abbreviations (DWARF 4 standard, 7.5.3) of the shapes that are used. */
@SuppressWarnings("EnumOrdinal") // An index into a table that lives as long as this.
final class Abbreviations {
  private final Bytes bytes = new Bytes(ByteOrder.LITTLE_ENDIAN);
  private final int[] codes = new int[Shape.count() * Shape.OPTIONS];
  private int last;

  /**
   * The code of a shape, at most 127.
   *
   * @param options which of its optional attributes an entry has
   */
  int code(Shape shape, int options) {
    int index = shape.ordinal() * Shape.OPTIONS + options;
    if (codes[index] == 0) {
      codes[index] = ++last;
      add(shape, options);
    }
    return codes[index];
  }

  private void add(Shape shape, int options) {
    bytes.uleb(last).uleb(shape.tag()).u1(shape.hasChildren() ? 1 : 0);
    if ((options & Shape.NAMED) != 0) {
      bytes.uleb(Dwarf.AT_NAME).uleb(Dwarf.FORM_STRP);
    }
    if ((options & Shape.EXTERNAL) != 0) {
      bytes.uleb(Dwarf.AT_EXTERNAL).uleb(Dwarf.FORM_FLAG_PRESENT);
    }
    for (int number : shape.attributes()) {
      bytes.uleb(number);
    }
    if ((options & Shape.TYPED) != 0) {
      bytes.uleb(Dwarf.AT_TYPE).uleb(Dwarf.FORM_REF_ADDR);
    }
    bytes.u2(0);
  }

  /** The table with its end. */
  byte[] toArray() {
    return new Bytes(ByteOrder.LITTLE_ENDIAN).bytes(bytes).u1(0).toArray();
  }
}
