package org.vmcore.gdbstub.symbols.read;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * Which line of which source file an address of a vmlinux or a module is of, by its .debug_line.
 * All programs are run once, to know what addresses each has; then one again for each address that
 * is asked for. Safe for use by several threads.
 */
public final class SourceLines {
  private static final Logger LOG = LoggerFactory.getLogger(SourceLines.class);

  private final byte[] section;
  private final ByteOrder order;
  private final LineProgram.Strings strings;
  private final List<Sequence> sequences = new ArrayList<>();

  /**
   * A line.
   *
   * @param file as the compiler names it, most often with its path
   */
  public record SourceLine(String file, int line) {}

  /**
   * Addresses in a row.
   *
   * @param end the address after its last
   * @param unit offset and length in the section
   */
  private record Sequence(long start, long end, int unit, int length) {}

  private SourceLines(byte[] section, ByteOrder order, LineProgram.Strings strings) {
    this.section = section;
    this.order = order;
    this.strings = strings;
  }

  /**
   * Reads the line tables of a file, or of the one that they were moved to; empty where there are
   * none.
   *
   * @param directories where its debugging information may be that is not in it
   */
  public static Optional<SourceLines> open(Path path, DebugDirectories directories)
      throws IOException {
    Optional<DebugSections> found = new DebugInfoFiles(directories).find(path);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try (DebugSections sections = found.get()) {
      return read(sections);
    }
  }

  /**
   * Those of a module, by addresses of the run.
   *
   * @param file the module's, which has its debugging information; is closed
   * @param sections where its sections are, by name
   */
  public static Optional<SourceLines> ofModule(DumpInput file, Map<String, Long> sections)
      throws IOException {
    try (file;
        DebugSections found = new DebugSections(Path.of(file.name()), file, sections)) {
      return read(found);
    }
  }

  private static Optional<SourceLines> read(DebugSections sections) throws IOException {
    SourceLines lines =
        new SourceLines(
            sections.bytes("line"),
            sections.file().order(),
            new LineProgram.Strings(sections.bytes("str"), sections.bytes("line_str")));
    lines.index(sections.path());
    return lines.sequences.isEmpty() ? Optional.empty() : Optional.of(lines);
  }

  private void index(Path path) {
    int at = 0;
    while (at + Integer.BYTES < section.length) {
      ByteBuffer in = ByteBuffer.wrap(section).order(order).position(at);
      long length = Integer.toUnsignedLong(in.getInt());
      if (length == 0xffff_ffffL && in.remaining() >= Long.BYTES) {
        length = in.getLong();
      }
      length += in.position() - at;
      if (length <= 0 || length > section.length - at) {
        LOG.warn("{}: .debug_line: the unit at {} ends after it", path, at);
        break;
      }
      add(path, at, (int) length);
      at += (int) length;
    }
    sequences.sort(Comparator.comparing(Sequence::start, Long::compareUnsigned));
  }

  private void add(Path path, int unit, int length) {
    long[] start = {-1};
    try {
      program(unit, length)
          .run(
              (address, file, line, statement, end) -> {
                if (end) {
                  // What the linker has left out is at 0.
                  if (start[0] != -1 && start[0] != 0 && address != start[0]) {
                    sequences.add(new Sequence(start[0], address, unit, length));
                  }
                  start[0] = -1;
                } else if (start[0] == -1) {
                  start[0] = address;
                }
              });
    } catch (DwarfException e) {
      LOG.debug("{}: {}", path, e.getMessage());
    }
  }

  private LineProgram program(int unit, int length) throws DwarfException {
    ByteBuffer in = ByteBuffer.wrap(section, unit, length).slice().order(order);
    return new LineProgram(in, strings);
  }

  /** The line of an instruction, by its address in the file. */
  public Optional<SourceLine> at(long address) {
    int low = 0;
    int high = sequences.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(sequences.get(middle).start(), address) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0 || Long.compareUnsigned(address, sequences.get(low - 1).end()) >= 0) {
      return Optional.empty();
    }
    Sequence sequence = sequences.get(low - 1);
    try {
      LineProgram program = program(sequence.unit(), sequence.length());
      Nearest nearest = new Nearest(address);
      program.run(nearest);
      return nearest.line == 0
          ? Optional.empty()
          : Optional.of(new SourceLine(program.file(nearest.file), nearest.line));
    } catch (DwarfException e) {
      // One damaged table; the instruction is shown without its line, as where there is none.
      return Optional.empty();
    }
  }

  /** The last row at or before an address; of several at one place the last that begins a line. */
  private static final class Nearest implements LineProgram.Rows {
    private final long wanted;
    private boolean inside;
    private boolean found;
    private int file;
    private int line;

    private long candidateAt;
    private int candidateFile;
    private int candidateLine;
    private boolean candidateStatement;

    Nearest(long wanted) {
      this.wanted = wanted;
    }

    @Override
    public void row(long address, int file, int line, boolean statement, boolean end) {
      if (inside
          && !found
          && Long.compareUnsigned(address, wanted) > 0
          && Long.compareUnsigned(candidateAt, wanted) <= 0) {
        found = true;
        this.file = candidateFile;
        this.line = candidateLine;
      }
      if (end) {
        inside = false;
        return;
      }
      boolean same = inside && candidateAt == address;
      if (!same || statement || !candidateStatement) {
        candidateAt = address;
        candidateFile = file;
        candidateLine = line;
        candidateStatement = statement;
      }
      inside = true;
    }
  }
}
