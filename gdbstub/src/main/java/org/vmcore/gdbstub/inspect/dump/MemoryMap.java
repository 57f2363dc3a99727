package org.vmcore.gdbstub.inspect.dump;

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
public final class MemoryMap {
  public static final int COLUMNS = 64;
  private static final long SMALLEST_CELL = 4096;

  private final long cellBytes;
  private final List<Row> rows;
  private final Map<Kind, Long> totals;

  /** Kinds of memory in a cell. */
  public enum Kind {
    PRESENT("present"),
    FILTERED("left out"),
    LOST("lost"),
    CRASH_KERNEL("crash kernel, not dumped");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }

  /**
   * A row of {@link #COLUMNS} cells.
   *
   * @param start physical address of its first byte
   * @param bytes of each kind in each cell
   */
  public record Row(long start, Map<Kind, long[]> bytes) {
    Row(long start) {
      this(start, new EnumMap<>(Kind.class));
    }

    public long bytes(int column, Kind kind) {
      long[] cells = bytes.get(kind);
      return cells == null ? 0 : cells[column];
    }

    private void add(int column, Kind kind, long more) {
      bytes.computeIfAbsent(kind, k -> new long[COLUMNS])[column] += more;
    }

    public long described(int column) {
      return bytes.values().stream().mapToLong(cells -> cells[column]).sum();
    }
  }

  private MemoryMap(long cellBytes, List<Row> rows, Map<Kind, Long> totals) {
    this.cellBytes = cellBytes;
    this.rows = rows;
    this.totals = totals;
  }

  /**
   * Reads the ranges once: of a large machine that is gigabytes of bitmap.
   *
   * @param crashKernel memory that was set aside; what the dump describes of it counts as that
   * @param maxRows about how many rows to make; at most twice as many
   */
  public static MemoryMap of(
      PhysicalMemory memory, List<CrashKernel.Range> crashKernel, int maxRows) {
    Builder builder = new Builder(2 * maxRows);
    List<Undescribed> undescribed = crashKernel.stream().map(Undescribed::new).toList();
    memory.forEachRange(
        (start, length, presence) -> {
          builder.add(start, length, kind(presence));
          undescribed.forEach(range -> range.before(start, length, builder));
        });
    long described = builder.totals.values().stream().mapToLong(Long::longValue).sum();
    undescribed.forEach(range -> range.rest(builder));
    while (builder.cell * COLUMNS * maxRows < described) {
      builder.coarsen();
    }
    return new MemoryMap(builder.cell, new ArrayList<>(builder.rows.values()), builder.totals);
  }

  private static Kind kind(Presence presence) {
    return switch (presence) {
      case PRESENT -> Kind.PRESENT;
      case FILTERED -> Kind.FILTERED;
      case TRUNCATED -> Kind.LOST;
    };
  }

  /** Bytes of memory that a cell stands for. */
  public long cellBytes() {
    return cellBytes;
  }

  /** Bytes of memory that a row stands for. */
  public long rowBytes() {
    return cellBytes * COLUMNS;
  }

  /** Ascending; with gaps. */
  public List<Row> rows() {
    return rows;
  }

  /** All bytes of one kind. */
  public long total(Kind kind) {
    return totals.getOrDefault(kind, 0L);
  }

  /** Rows whose cells become coarser when they are too many. */
  private static final class Builder {
    private final int maxRows;
    private final Map<Long, Row> rows = new TreeMap<>(Long::compareUnsigned);
    private final Map<Kind, Long> totals = new EnumMap<>(Kind.class);
    private long cell = SMALLEST_CELL;

    Builder(int maxRows) {
      this.maxRows = maxRows;
    }

    void add(long start, long length, Kind kind) {
      totals.merge(kind, length, Long::sum);
      long done = 0;
      while (done < length) {
        long at = start + done;
        long number = Long.divideUnsigned(at, cell);
        long inCell = Math.min(length - done, cell - Long.remainderUnsigned(at, cell));
        row(Long.divideUnsigned(number, COLUMNS))
            .add((int) Long.remainderUnsigned(number, COLUMNS), kind, inCell);
        done += inCell;
        while (rows.size() > maxRows) {
          coarsen();
        }
      }
    }

    private Row row(long number) {
      return rows.computeIfAbsent(number, n -> new Row(n * COLUMNS * cell));
    }

    /** Makes one cell of two, one row of two. */
    private void coarsen() {
      Map<Long, Row> fine = new TreeMap<>(rows);
      rows.clear();
      cell *= 2;
      fine.forEach(
          (number, row) -> {
            Row coarse = row(Long.divideUnsigned(number, 2));
            int first = (int) Long.remainderUnsigned(number, 2) * (COLUMNS / 2);
            row.bytes.forEach(
                (kind, cells) -> {
                  for (int i = 0; i < COLUMNS; i++) {
                    coarse.add(first + i / 2, kind, cells[i]);
                  }
                });
          });
    }
  }

  /** What of the crash kernel's memory the dump does not describe itself. */
  private static final class Undescribed {
    private final long end;
    private long next;

    Undescribed(CrashKernel.Range range) {
      this.next = range.start();
      this.end = range.start() + range.length();
    }

    /** Adds what is before a range of the dump's, which come ascending. */
    void before(long start, long length, Builder builder) {
      long to = Math.min(end, start);
      if (to > next) {
        builder.add(next, to - next, Kind.CRASH_KERNEL);
      }
      next = Math.max(next, start + length);
    }

    void rest(Builder builder) {
      if (end > next) {
        builder.add(next, end - next, Kind.CRASH_KERNEL);
      }
    }
  }
}
