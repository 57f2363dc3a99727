package org.vmcore.gdbstub.inspect.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.inspect.view.Text;

/**
 * What is before and behind a value in memory, in lines of up to {@value #LINE} bytes, as far as it
 * can be read.
 */
record Surroundings(List<Rd.Line> before, List<Rd.Line> after) {
  private static final int LINE = 16;

  /**
   * Reads them.
   *
   * @param count of values of that size on either side
   */
  static Surroundings of(MemorySearch.Source source, long address, int size, int count) {
    int length = count * size;
    return new Surroundings(
        lines(source, address - length, length), lines(source, address + size, length));
  }

  private static List<Rd.Line> lines(MemorySearch.Source source, long start, int length) {
    byte[] bytes = new byte[length];
    int got = source.read(start, bytes, 0, length);
    List<Rd.Line> lines = new ArrayList<>();
    for (int at = 0; at < got; at += LINE) {
      byte[] line = Arrays.copyOfRange(bytes, at, Math.min(at + LINE, got));
      String hex = HexFormat.of().formatHex(line);
      lines.add(new Rd.Line(start + at, hex, List.of(), Optional.empty()));
    }
    return lines;
  }

  /** Prints them around a line. */
  void print(String line, RdText layout, Text out) {
    before.forEach(one -> layout.print(one, out));
    out.lay(line);
    after.forEach(one -> layout.print(one, out));
    out.print("\n");
  }
}
