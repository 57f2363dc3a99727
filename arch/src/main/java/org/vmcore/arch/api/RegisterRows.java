package org.vmcore.arch.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How crash lays out the registers of what was interrupted.
 *
 * @param labelWidth columns that a label takes at least
 * @param rows from top to bottom
 */
public record RegisterRows(int labelWidth, List<List<Cell>> rows) {
  public RegisterRows {
    rows = List.copyOf(rows);
  }

  /**
   * One register.
   *
   * @param name gdb's
   * @param label what crash calls it
   */
  public record Cell(String name, String label) {}

  /**
   * Reads rows.
   *
   * @param rows registers separated by blanks, as {@code name} or {@code name=label}, where a label
   *     has {@code _} for a blank; without one it is the name in capitals
   */
  public static RegisterRows of(int labelWidth, String... rows) {
    List<List<Cell>> all = new ArrayList<>();
    for (String row : rows) {
      List<Cell> cells = new ArrayList<>();
      for (String cell : row.split(" ", -1)) {
        int at = cell.indexOf('=');
        cells.add(
            at < 0
                ? new Cell(cell, cell.toUpperCase(Locale.ROOT))
                : new Cell(cell.substring(0, at), cell.substring(at + 1).replace('_', ' ')));
      }
      all.add(List.copyOf(cells));
    }
    return new RegisterRows(labelWidth, all);
  }
}
