package org.vmcore.gdbstub.app;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A {@link MachineReport} for people: a heading per part, tables for lists of like things. */
final class ReportText {
  private static final Set<String> BYTE_AMOUNTS =
      Set.of("size", "bytes", "present", "filtered", "truncated");

  private final StringBuilder text = new StringBuilder();

  private ReportText() {}

  static String of(Map<String, Object> report) {
    ReportText out = new ReportText();
    report.forEach(out::part);
    return out.text.toString();
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
      fields.forEach((key, entry) -> text.append("    %-22s %s%n".formatted(key, entry)));
      return;
    }
    String shown = show(name, value);
    if (!shown.isEmpty()) {
      text.append("  %-16s %s%n".formatted(name.replace('_', ' '), shown));
    }
  }

  private static String show(String name, Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
    if (value instanceof Boolean flag) {
      return flag ? "yes" : "no";
    }
    return value instanceof Number number && BYTE_AMOUNTS.contains(name)
        ? Summary.bytes(number.longValue())
        : String.valueOf(value);
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
