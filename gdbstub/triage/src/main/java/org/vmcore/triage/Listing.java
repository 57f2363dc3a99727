package org.vmcore.triage;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.app.Triage;

/** Groups as a table, as JSON, or as comma-separated values. */
final class Listing {
  /** Of the JSON's form. */
  private static final int VERSION = 1;

  private static final List<String> HEAD =
      List.of(
          "group", "count", "new", "first", "last", "class", "title", "culprit", "kernels", "hosts",
          "models", "hint", "example");

  private final List<Group> groups;
  private final Optional<Instant> since;
  private final int hosts;

  Listing(List<Group> groups, Optional<Instant> since) {
    this.groups = groups;
    this.since = since;
    this.hosts = Group.hosts(groups);
  }

  void write(Triage.Form form, Appendable out) throws IOException {
    switch (form) {
      case TEXT -> text(out);
      case CSV -> csv(out);
      case JSON -> json(out);
    }
  }

  private void text(Appendable out) throws IOException {
    out.append(String.format("%6s  %-10s  %-10s  %s%n", "COUNT", "FIRST", "LAST", "TITLE"));
    for (Group group : groups) {
      out.append(
          String.format(
              "%6d  %-10s  %-10s  %s%s%n",
              group.count(),
              day(group.first()),
              day(group.last()),
              group.title(),
              group.isNew(since) ? "  (new)" : ""));
    }
  }

  private static String day(Optional<Instant> time) {
    return time.map(instant -> instant.toString().substring(0, 10)).orElse("");
  }

  private void csv(Appendable out) throws IOException {
    out.append(String.join(",", HEAD)).append("\n");
    for (Group group : groups) {
      List<String> cells =
          List.of(
              group.id(),
              String.valueOf(group.count()),
              String.valueOf(group.isNew(since)),
              group.first().map(Instant::toString).orElse(""),
              group.last().map(Instant::toString).orElse(""),
              group.failure(),
              group.title(),
              group.example().text(Column.CULPRIT),
              String.join(" ", group.counts(Column.RELEASE).keySet()),
              String.valueOf(group.counts(Column.HOST).size()),
              String.valueOf(group.counts(Column.HARDWARE).size()),
              group.hint(hosts).orElse(""),
              group.example().text(Column.SOURCE));
      out.append(String.join(",", cells.stream().map(Listing::quoted).toList())).append("\n");
    }
  }

  /**
   * As RFC 4180 has it, in lines of Unix; what a spreadsheet would take for a formula is text here.
   */
  private static String quoted(String cell) {
    String safe = cell.matches("(?s)[=+@\\t\\r-].*") ? "'" + cell : cell;
    return safe.matches("(?s).*[,\"\\r\\n].*") ? '"' + safe.replace("\"", "\"\"") + '"' : safe;
  }

  private void json(Appendable out) throws IOException {
    StringWriter text = new StringWriter();
    JsonWriter json = new JsonWriter(text);
    json.setIndent("  ");
    json.beginObject();
    json.name("query").value("triage");
    json.name("version").value(VERSION);
    json.name("groups").beginArray();
    for (Group group : groups) {
      json.beginObject();
      json.name("group").value(group.id());
      json.name("count").value(group.count());
      json.name("new").value(group.isNew(since));
      json.name("first").value(group.first().map(Instant::toString).orElse(null));
      json.name("last").value(group.last().map(Instant::toString).orElse(null));
      json.name("class").value(group.failure());
      json.name("title").value(group.title());
      json.name("culprit").value(group.example().text(Column.CULPRIT));
      counts(json, "kernels", group.counts(Column.RELEASE));
      counts(json, "hosts", group.counts(Column.HOST));
      counts(json, "models", group.counts(Column.HARDWARE));
      json.name("hint").value(group.hint(hosts).orElse(null));
      json.name("example").value(group.example().text(Column.SOURCE));
      json.endObject();
    }
    json.endArray().endObject();
    json.flush();
    out.append(text.toString()).append('\n');
  }

  private static void counts(JsonWriter json, String name, Map<String, Integer> counts)
      throws IOException {
    json.name(name).beginObject();
    for (Map.Entry<String, Integer> count : counts.entrySet()) {
      json.name(count.getKey()).value(count.getValue());
    }
    json.endObject();
  }
}
