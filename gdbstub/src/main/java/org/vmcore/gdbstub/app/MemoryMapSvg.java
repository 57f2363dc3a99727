package org.vmcore.gdbstub.app;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.vmcore.gdbstub.inspect.dump.MemoryMap;
import org.vmcore.gdbstub.inspect.dump.MemoryMap.Kind;
import org.vmcore.gdbstub.inspect.dump.MemoryMap.Row;
import org.vmcore.gdbstub.inspect.view.Sizes;

/**
 * A memory map as a picture: an SVG 1.1 file that needs nothing else. A cell is filled from below
 * with what it holds, in proportion; cells of one kind that follow each other are one rectangle.
 */
final class MemoryMapSvg {
  private static final Map<Kind, String> COLOURS =
      Map.of(
          Kind.PRESENT, "#2b6f9e",
          Kind.FILTERED, "#cfd8dc",
          Kind.LOST, "#c0392b",
          Kind.CRASH_KERNEL, "#e0b24a");

  private static final int LEFT = 130;
  private static final int TOP = 76;
  private static final int CELL_WIDTH = 11;
  private static final int CELL_HEIGHT = 14;
  private static final int ROW_HEIGHT = 17;
  private static final int GAP_HEIGHT = 12;
  private static final int WIDTH = LEFT + MemoryMap.COLUMNS * CELL_WIDTH + 20;

  /** Characters that surely fit. */
  private static final int LONGEST_TITLE = 90;

  private final MemoryMap map;
  private final StringBuilder body = new StringBuilder();

  private MemoryMapSvg(MemoryMap map) {
    this.map = map;
  }

  /**
   * @param title the dump's name and what it is
   */
  static String of(MemoryMap map, String title) {
    return new MemoryMapSvg(map).draw(title);
  }

  private String draw(String title) {
    int y = TOP;
    long next = 0;
    for (Row row : map.rows()) {
      if (row.start() != next) {
        text(LEFT - 12, y + 9, "end", "grey", "···");
        y += GAP_HEIGHT;
      }
      next = row.start() + map.rowBytes();
      text(LEFT - 12, y + 11, "end", "grey", "0x" + Long.toHexString(row.start()));
      row(row, y);
      y += ROW_HEIGHT;
    }
    String cell = "one cell is " + Sizes.of(map.cellBytes());
    text(WIDTH - 20, y + 14, "end", "grey", cell);
    return """
        <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" font-family="sans-serif" font-size="12">
        <rect width="100%%" height="100%%" fill="white"/>
        <text x="20" y="28" font-size="16">%3$s</text>
        %4$s%5$s</svg>
        """
        .formatted(WIDTH, y + 30, Html.escape(shorten(title)), legend(), body);
  }

  private String legend() {
    StringBuilder text = new StringBuilder();
    int x = 20;
    for (Kind kind : Kind.values()) {
      if (map.total(kind) > 0) {
        String label = "%s %s".formatted(kind.label(), Sizes.of(map.total(kind)));
        text.append(rectangle(x, 43, 12, 12, kind, ""));
        text.append("<text x=\"%d\" y=\"53\">%s</text>%n".formatted(x + 18, label));
        x += 40 + 7 * label.length();
      }
    }
    return text.toString();
  }

  private void row(Row row, int y) {
    body.append(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#f6f6f6\"/>%n"
            .formatted(LEFT, y, MemoryMap.COLUMNS * CELL_WIDTH, CELL_HEIGHT));
    for (int column = 0; column < MemoryMap.COLUMNS; ) {
      int end = column + 1;
      while (end < MemoryMap.COLUMNS && same(row, column, end)) {
        end++;
      }
      cells(row, column, end, y);
      column = end;
    }
  }

  private static boolean same(Row row, int one, int other) {
    for (Kind kind : Kind.values()) {
      if (row.bytes(one, kind) != row.bytes(other, kind)) {
        return false;
      }
    }
    return true;
  }

  private void cells(Row row, int column, int end, int y) {
    double bottom = y + CELL_HEIGHT;
    for (Kind kind : List.of(Kind.PRESENT, Kind.LOST, Kind.CRASH_KERNEL, Kind.FILTERED)) {
      long bytes = row.bytes(column, kind);
      if (bytes > 0) {
        // However little there is of it, it can be seen.
        double height =
            Math.min(bottom - y, Math.max(1, (double) CELL_HEIGHT * bytes / map.cellBytes()));
        bottom -= height;
        body.append(
            rectangle(
                LEFT + column * CELL_WIDTH,
                bottom,
                (end - column) * CELL_WIDTH,
                height,
                kind,
                "0x%x: %s of a cell %s"
                    .formatted(
                        row.start() + column * map.cellBytes(), Sizes.of(bytes), kind.label())));
      }
    }
  }

  private static String rectangle(
      double x, double y, double width, double height, Kind kind, String title) {
    String start =
        String.format(
            Locale.ROOT,
            "<rect x=\"%.0f\" y=\"%.1f\" width=\"%.0f\" height=\"%.1f\" fill=\"%s\"",
            x,
            y,
            width,
            height,
            COLOURS.get(kind));
    return start + (title.isEmpty() ? "/>\n" : "><title>" + title + "</title></rect>\n");
  }

  private void text(int x, int y, String anchor, String colour, String text) {
    body.append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"%s\" font-size=\"11\">%s</text>%n"
            .formatted(x, y, anchor, colour, text));
  }

  /** The end of a long name tells more than its start. */
  private static String shorten(String text) {
    return text.length() <= LONGEST_TITLE
        ? text
        : "…" + text.substring(text.length() - LONGEST_TITLE + 1);
  }
}
