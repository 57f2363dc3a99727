package org.vmcore.gdbstub.app;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.vmcore.dumpreader.api.PhysicalMemory;
import org.vmcore.dumpreader.api.PhysicalMemory.Presence;
import org.vmcore.gdbstub.linux.CrashKernel;

/**
 * Physical memory in rows of equal cells, with what the dump has of each. Rows without any memory
 * are left out, so that memory far up does not make everything below it a dot; the size of a cell
 * follows from how much memory there is.
 */
final class MemoryMap {
  static final int COLUMNS = 64;
  private static final long SMALLEST_CELL = 4096;

  private final long cellBytes;
  private final List<Row> rows;
  private final Map<Kind, Long> totals;

  /** Kinds of memory in a cell. */
  enum Kind {
    PRESENT("present"),
    FILTERED("left out"),
    LOST("lost"),
    CRASH_KERNEL("crash kernel, not dumped");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  /**
   * A row of {@link #COLUMNS} cells.
   *
   * @param start physical address of its first byte
   * @param bytes of each kind in each cell
   */
  record Row(long start, Map<Kind, long[]> bytes) {
    Row(long start) {
      this(start, new EnumMap<>(Kind.class));
    }

    long bytes(int column, Kind kind) {
      long[] cells = bytes.get(kind);
      return cells == null ? 0 : cells[column];
    }

    private void add(int column, Kind kind, long more) {
      bytes.computeIfAbsent(kind, k -> new long[COLUMNS])[column] += more;
    }

    long described(int column) {
      return bytes.values().stream().mapToLong(cells -> cells[column]).sum();
    }
  }

  private MemoryMap(long cellBytes, List<Row> rows, Map<Kind, Long> totals) {
    this.cellBytes = cellBytes;
    this.rows = rows;
    this.totals = totals;
  }

  /**
   * @param crashKernel memory that was set aside; what the dump describes of it counts as that
   * @param maxRows about how many rows to make; at most twice as many
   */
  static MemoryMap of(PhysicalMemory memory, List<CrashKernel.Range> crashKernel, int maxRows) {
    long[] described = {0};
    memory.forEachRange((start, length, presence) -> described[0] += length);
    long cell = SMALLEST_CELL;
    while (cell * COLUMNS * maxRows < described[0]) {
      cell *= 2;
    }
    while (true) {
      Builder builder = new Builder(cell, 2 * maxRows);
      memory.forEachRange((start, length, presence) -> builder.add(start, length, kind(presence)));
      crashKernel.forEach(range -> builder.addUndescribed(memory, range));
      if (builder.rows.size() <= 2 * maxRows) {
        return new MemoryMap(cell, new ArrayList<>(builder.rows.values()), builder.totals);
      }
      cell *= 2;
    }
  }

  private static Kind kind(Presence presence) {
    return switch (presence) {
      case PRESENT -> Kind.PRESENT;
      case FILTERED -> Kind.FILTERED;
      case TRUNCATED -> Kind.LOST;
    };
  }

  /** Bytes of memory that a cell stands for. */
  long cellBytes() {
    return cellBytes;
  }

  /** Bytes of memory that a row stands for. */
  long rowBytes() {
    return cellBytes * COLUMNS;
  }

  /** Ascending; with gaps. */
  List<Row> rows() {
    return rows;
  }

  /** All bytes of one kind. */
  long total(Kind kind) {
    return totals.getOrDefault(kind, 0L);
  }

  private static final class Builder {
    private final long cell;
    private final int tooMany;
    private final Map<Long, Row> rows = new TreeMap<>(Long::compareUnsigned);
    private final Map<Kind, Long> totals = new EnumMap<>(Kind.class);

    Builder(long cell, int tooMany) {
      this.cell = cell;
      this.tooMany = tooMany;
    }

    void add(long start, long length, Kind kind) {
      totals.merge(kind, length, Long::sum);
      long done = 0;
      while (done < length && rows.size() <= tooMany) {
        long at = start + done;
        long number = Long.divideUnsigned(at, cell);
        long rowNumber = Long.divideUnsigned(number, COLUMNS);
        Row row = rows.computeIfAbsent(rowNumber, n -> new Row(n * COLUMNS * cell));
        long inCell = Math.min(length - done, cell - Long.remainderUnsigned(at, cell));
        row.add((int) Long.remainderUnsigned(number, COLUMNS), kind, inCell);
        done += inCell;
      }
    }

    /** Adds what of the crash kernel's memory the dump does not describe itself. */
    void addUndescribed(PhysicalMemory memory, CrashKernel.Range range) {
      long end = range.start() + range.length();
      long[] next = {range.start()};
      memory.forEachRange(
          (start, length, presence) -> {
            long to = Math.min(end, start);
            if (to > next[0]) {
              add(next[0], to - next[0], Kind.CRASH_KERNEL);
            }
            next[0] = Math.max(next[0], start + length);
          });
      if (end > next[0]) {
        add(next[0], end - next[0], Kind.CRASH_KERNEL);
      }
    }
  }
}
