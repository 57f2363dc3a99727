package org.vmcore.gdbstub.inspect.dump;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.vmcore.gdbstub.Visible;
import org.vmcore.gdbstub.inspect.machine.Banner;
import org.vmcore.gdbstub.inspect.machine.MachineState;
import org.vmcore.gdbstub.inspect.view.Fields;
import org.vmcore.gdbstub.inspect.view.Sizes;
import org.vmcore.gdbstub.inspect.view.Text;

/** A {@link MachineReport} for people: a heading per part, tables for lists of like things. */
final class ReportText {
  private static final Set<String> BYTE_AMOUNTS =
      Set.of("size", "bytes", "present", "filtered", "truncated");

  private final StringBuilder text = new StringBuilder();

  private ReportText() {}

  /**
   * Prints all of it.
   *
   * @param digits of an address
   */
  static void print(MachineReport report, int digits, Text out) {
    ReportText parts = new ReportText();
    Map<String, Object> tree = new LinkedHashMap<>();
    ((Map<?, ?>) Fields.tree(report)).forEach((name, part) -> tree.put((String) name, part));
    report.system().ifPresent(state -> tree.put("system", system(state, digits)));
    tree.forEach(parts::part);
    out.lay(parts.text.toString());
  }

  /** What crash greets people with, without what is told elsewhere. */
  private static Map<String, Object> system(MachineState state, int digits) {
    Map<String, Object> lines = new LinkedHashMap<>();
    Banner.lines(state, digits)
        .forEach(
            (name, value) -> lines.put(name.toLowerCase(Locale.ROOT).replace(' ', '_'), value));
    lines.keySet().removeAll(List.of("kernel", "dumpfile", "release"));
    return lines;
  }

  private void part(String name, Object content) {
    text.append(text.isEmpty() ? "" : "\n").append(name).append('\n');
    if (content instanceof Map<?, ?> fields) {
      fields.forEach((key, value) -> field(String.valueOf(key), value));
    } else if (content instanceof List<?> rows) {
      table(rows);
    }
  }

  private void field(String name, Object value) {
    if (value instanceof List<?> rows && !rows.isEmpty() && rows.get(0) instanceof Map) {
      text.append("  ").append(name).append('\n');
      table(rows);
      return;
    }
    if (value instanceof Map<?, ?> fields) {
      text.append("  ").append(name).append('\n');
      fields.forEach(
          (key, entry) ->
              text.append(
                  Text.format("    %-22s %s\n", String.valueOf(key), String.valueOf(entry))));
      return;
    }
    String shown = show(name, value);
    if (!shown.isEmpty()) {
      text.append(Text.format("  %-16s %s\n", name.replace('_', ' '), shown));
    }
  }

  private static String show(String name, Object value) {
    if (value instanceof List<?> list) {
      return list.stream()
          .map(one -> Visible.line(String.valueOf(one)))
          .collect(Collectors.joining(", "));
    }
    if (value instanceof Boolean flag) {
      return flag ? "yes" : "no";
    }
    return value instanceof Number number && BYTE_AMOUNTS.contains(name)
        ? Sizes.of(number.longValue())
        : Visible.line(String.valueOf(value));
  }

  /** Rows with like keys under a line of headings. */
  private void table(List<?> rows) {
    Map<String, Integer> widths = new LinkedHashMap<>();
    for (Object row : rows) {
      ((Map<?, ?>) row)
          .forEach(
              (key, value) ->
                  widths.merge(
                      String.valueOf(key),
                      Math.max(
                          String.valueOf(key).length(), show(String.valueOf(key), value).length()),
                      Math::max));
    }
    StringBuilder heading = new StringBuilder();
    widths.forEach((key, width) -> heading.append(pad(key.replace('_', ' '), width)));
    text.append("    ").append(heading.toString().stripTrailing()).append('\n');
    for (Object row : rows) {
      StringBuilder line = new StringBuilder();
      widths.forEach(
          (key, width) -> {
            Object value = ((Map<?, ?>) row).get(key);
            line.append(pad(value == null ? "" : show(key, value), width));
          });
      text.append("    ").append(line.toString().stripTrailing()).append('\n');
    }
  }

  private static String pad(String value, int width) {
    return value + " ".repeat(width - value.length() + 2);
  }
}
