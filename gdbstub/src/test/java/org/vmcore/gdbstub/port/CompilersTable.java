package org.vmcore.gdbstub.port;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmcore.gdbstub.linux.LinearKernel;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.stack.CodeRules.Row;
import org.vmcore.gdbstub.linux.stack.FrameRule;
import org.vmcore.gdbstub.linux.stack.FrameRule.Place;
import org.vmcore.gdbstub.linux.stack.FrameRule.Where;
import org.vmcore.gdbstub.linux.stack.KernelFunctions.Function;

/**
 * What a compiler says of a function that it made, in the words of {@code readelf
 * --debug-dump=frames-interp}: at each offset where it changes the CFA and, in columns by their
 * registers, {@code u} of one that is as the caller had it, {@code c-16} of one that is saved 16
 * bytes below the CFA, or the register that has its value.
 *
 * <p>Rules that are made of the code itself must say the same wherever the function calls another,
 * of registers that they know at all. In between a value often is at two places, and the compiler
 * may name either.
 *
 * <p>The functions of the tests, compiled with -O2 -fno-pic -fasynchronous-unwind-tables:
 *
 * <pre>
 * long walk(long *list, long n, long limit)
 * {
 *   long local[6], sum = 0, i;
 *   if (n &gt; limit) {
 *     warn();
 *     return -1;
 *   }
 *   for (i = 0; i &lt; n; i++)
 *     sum += outside(local, list[i]) + local[i &amp; 3];
 *   return sum;
 * }
 *
 * long seldom(long a)
 * {
 *   if (__builtin_expect(a &lt; 0, 0)) {
 *     warn();
 *     return outside(&amp;a, 2);
 *   }
 *   return a + 1;
 * }
 * </pre>
 */
public final class CompilersTable {
  /** Where the functions are, for rules to be relative to. */
  private static final long START = 0x1_0000;

  private final List<String> columns;
  private final List<TableRow> rows = new ArrayList<>();

  private record TableRow(int offset, String cfa, List<String> registers) {}

  /**
   * @param table its line of titles and its rows
   */
  public CompilersTable(String table) {
    List<String[]> lines = table.lines().map(line -> line.trim().split(" +")).toList();
    columns = Arrays.asList(lines.get(0)).subList(2, lines.get(0).length);
    for (String[] line : lines.subList(1, lines.size())) {
      rows.add(
          new TableRow(
              Integer.parseInt(line[0], 16), line[1], Arrays.asList(line).subList(2, line.length)));
    }
  }

  /** How rules of an architecture are made of a function's code. */
  @FunctionalInterface
  public interface Rules {
    List<Row> of(LinuxKernel kernel, Function function, ByteBuffer code);
  }

  /** A kernel that has nothing but memory. */
  private static LinuxKernel kernel(ByteOrder order) {
    return LinuxKernel.open(
        LinearKernel.memory(START, order, Long.BYTES, new byte[4096]),
        Optional.empty(),
        List.of(names -> Map.of()),
        needed -> Optional.empty());
  }

  /**
   * Holds rules against the table.
   *
   * @param code as {@code objcopy -O binary} writes it, in hexadecimal
   * @param order of the kernel's bytes, and of the code's
   * @param names ours of the table's columns, where they differ
   * @param calls offsets of the function's calls, of which all is compared
   */
  public void check(
      String code, ByteOrder order, Rules rules, Map<String, String> names, Set<Integer> calls) {
    ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(code)).order(order);
    Function function = new Function("f", START, bytes.limit());
    check(rules.of(kernel(order), function, bytes), names, calls);
  }

  private void check(List<Row> made, Map<String, String> names, Set<Integer> calls) {
    List<Integer> offsets = new ArrayList<>(calls);
    rows.forEach(row -> offsets.add(row.offset()));
    for (int offset : offsets) {
      FrameRule rule = rule(made, START + offset);
      TableRow row = row(offset);
      assertThat(cfa(rule, row, names)).as("the CFA at %x", offset).isTrue();
      for (int i = 0; i < columns.size(); i++) {
        String name = names.getOrDefault(columns.get(i), columns.get(i));
        Where where = rule.registers().get(name);
        if (where == null) {
          assertThat(name).as("unknown at %x", offset).isNotEqualTo(rule.returnAddress());
        } else if (calls.contains(offset)) {
          assertThat(where).as("%s at %x", name, offset).isEqualTo(where(row.registers().get(i)));
        } else {
          assertThat(where).as("%s at %x", name, offset).isIn(possible(i));
        }
      }
    }
  }

  private TableRow row(int offset) {
    return rows.stream().filter(row -> row.offset() <= offset).reduce((a, b) -> b).orElseThrow();
  }

  private static FrameRule rule(List<Row> made, long address) {
    return made.stream()
        .filter(row -> row.start() <= address)
        .reduce((a, b) -> b)
        .orElseThrow()
        .rule();
  }

  /**
   * Where a function keeps a chain of stack pointers, that is as good as a distance, and where it
   * has a frame pointer, the distance from the stack pointer of its whole frame is as good.
   */
  private boolean cfa(FrameRule rule, TableRow row, Map<String, String> names) {
    Place.By told = by(row.cfa(), names);
    boolean whole =
        rows.stream()
            .map(one -> by(one.cfa(), names))
            .filter(place -> !place.register().equals(told.register()))
            .max(Comparator.comparingLong(Place.By::offset))
            .filter(rule.cfa()::equals)
            .isPresent();
    return rule.cfa().equals(told)
        || (whole && row.registers().stream().anyMatch(word -> word.startsWith("c")))
        || (told.offset() > 0 && rule.cfa().equals(new Place.Pointed(told.register(), 0, 0)));
  }

  private static Place.By by(String cfa, Map<String, String> names) {
    String[] words = cfa.split("\\+", 2);
    return new Place.By(names.getOrDefault(words[0], words[0]), Integer.parseInt(words[1]));
  }

  private static Where where(String word) {
    return word.startsWith("c")
        ? new Where.Saved(Integer.parseInt(word.substring(1)))
        : Where.Same.SAME;
  }

  private Set<Where> possible(int column) {
    Set<Where> all = new HashSet<>(Set.of(Where.Same.SAME));
    rows.forEach(row -> all.add(where(row.registers().get(column))));
    return all;
  }
}
