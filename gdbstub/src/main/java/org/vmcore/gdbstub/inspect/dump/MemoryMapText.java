package org.vmcore.gdbstub.inspect.dump;

import org.vmcore.gdbstub.inspect.dump.MemoryMap.Kind;
import org.vmcore.gdbstub.inspect.dump.MemoryMap.Row;
import org.vmcore.gdbstub.inspect.view.Sizes;

/** A memory map for a terminal, a character per cell; in ASCII, which every terminal shows. */
final class MemoryMapText {
  private static final char ALL_PRESENT = '#';
  private static final char PARTLY_PRESENT = '+';
  private static final char FILTERED = '.';
  private static final char LOST = '!';
  private static final char CRASH_KERNEL = 'C';
  private static final char NOTHING = ' ';

  private MemoryMapText() {}

  static String of(MemoryMap map) {
    StringBuilder text =
        new StringBuilder("\nmap, %s a character%n".formatted(Sizes.of(map.cellBytes())));
    long next = 0;
    for (Row row : map.rows()) {
      if (row.start() != next) {
        text.append("    ...\n");
      }
      next = row.start() + map.rowBytes();
      StringBuilder cells = new StringBuilder();
      for (int column = 0; column < MemoryMap.COLUMNS; column++) {
        cells.append(symbol(row, column));
      }
      text.append("    %#014x  %s%n".formatted(row.start(), cells.toString().stripTrailing()));
    }
    text.append("    # all present   + partly present");
    if (map.total(Kind.FILTERED) > 0) {
      text.append("   . left out");
    }
    if (map.total(Kind.LOST) > 0) {
      text.append("   ! lost");
    }
    if (map.total(Kind.CRASH_KERNEL) > 0) {
      text.append("   C crash kernel, not dumped");
    }
    return text.append('\n').toString();
  }

  /** What is lost shows even where it is little. */
  private static char symbol(Row row, int column) {
    if (row.bytes(column, Kind.LOST) > 0) {
      return LOST;
    }
    long described = row.described(column);
    long present = row.bytes(column, Kind.PRESENT);
    if (described == 0) {
      return NOTHING;
    }
    if (present == 0) {
      return row.bytes(column, Kind.CRASH_KERNEL) > 0 ? CRASH_KERNEL : FILTERED;
    }
    return present == described ? ALL_PRESENT : PARTLY_PRESENT;
  }
}
