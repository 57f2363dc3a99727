package org.vmcore.gdbstub.inspect.stacks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.vmcore.arch.api.Architecture;
import org.vmcore.arch.api.Register;
import org.vmcore.arch.api.RegisterRows;
import org.vmcore.arch.api.RegisterRows.Cell;

/** Registers in rows, as crash shows them below a frame that was interrupted. */
final class RegisterLines {
  private RegisterLines() {}

  /**
   * Whole lines; what is not known is left out.
   *
   * @param registers by gdb's names
   */
  static String of(Architecture architecture, Map<String, Long> registers) {
    RegisterRows rows = architecture.registerRows();
    StringBuilder text = new StringBuilder();
    for (List<Cell> row : rows.rows()) {
      List<String> cells = new ArrayList<>();
      for (Cell cell : row) {
        Long value = registers.get(cell.name());
        if (value != null) {
          // Of a pushed segment register the upper half may be anything.
          boolean segment = isSegment(cell.name());
          long bits = segment ? value & 0xffff : value;
          String shown = ("%0" + digits(architecture, cell.name()) + "x").formatted(bits);
          int least = segment ? 2 : rows.labelWidth();
          cells.add(("%" + least + "s: %s").formatted(cell.label(), shown));
        }
      }
      if (!cells.isEmpty()) {
        text.append("    ").append(String.join("  ", cells)).append('\n');
      }
    }
    return text.toString();
  }

  /** Those of a flags register are as many as it has; all others have those of an address. */
  private static int digits(Architecture architecture, String name) {
    if (isSegment(name)) {
      return 4;
    }
    int bits = architecture.wordBits();
    boolean flags = name.equals("eflags") || name.equals("cpsr");
    for (Register register : architecture.registers().registers()) {
      if (flags && register.name().equals(name)) {
        bits = register.bits();
      }
    }
    return bits / 4;
  }

  private static boolean isSegment(String name) {
    return name.matches("[c-gs]s");
  }
}
