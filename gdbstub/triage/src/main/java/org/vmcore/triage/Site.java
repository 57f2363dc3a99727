package org.vmcore.triage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.Version;
import org.vmcore.gdbstub.app.Html;

/** The pages: one of all groups, and one of each. Every text in them comes from dumps. */
final class Site {
  /** Rows of a page that somebody would look through. */
  private static final int MOST_ROWS = 500;

  private static final int MOST_COUNTS = 20;

  private final List<Entry> entries;
  private final List<Entry> crashes;
  private final List<Group> groups;
  private final Optional<Instant> since;
  private final int hosts;
  private final Trend trend;
  private final String style;
  private final String script;

  Site(List<Entry> entries, List<Group> groups, Optional<Instant> since) throws IOException {
    this.entries = entries;
    this.crashes = entries.stream().filter(entry -> entry.is(Entry.CRASH)).toList();
    this.groups = groups;
    this.since = since;
    this.hosts = Group.hosts(groups);
    this.trend = Trend.over(crashes);
    this.style = resource("site.css");
    this.script = resource("site.js");
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = Site.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
    }
  }

  /** Writes all of them; pages of groups that are no more are left as they are. */
  void write(Path directory) throws IOException {
    Path pages = directory.resolve("groups");
    Files.createDirectories(
        pages, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    for (Group group : groups) {
      write(pages.resolve(file(group)), page(group.title(), "../", group(group)));
    }
    write(directory.resolve("failed.html"), page("Dumps that could not be read", "", failed()));
    write(directory.resolve("index.html"), page("Kernel crashes", "", index()));
  }

  private static void write(Path file, String html) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, html, UTF_8);
  }

  private static String file(Group group) {
    return group.id().replaceAll("[^0-9a-f-]", "_") + ".html";
  }

  private String page(String title, String root, String body) {
    return """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="color-scheme" content="light dark"/>
    <meta name="referrer" content="no-referrer"/>
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"/>
    <link rel="icon" href="data:,"/>
    <title>%1$s</title>
    <style>
    %2$s</style>
    </head>
    <body>
    <header><p class="kind"><a href="%3$sindex.html">Linux crash triage</a></p><h1>%1$s</h1></header>
    <main>
    %4$s</main>
    <footer>Made by vmcore-gdbserver %5$s</footer>
    <script>
    %6$s</script>
    </body>
    </html>
    """
        .formatted(Html.escape(title), style, root, body, Html.escape(Version.get()), script);
  }

  private String index() {
    StringBuilder html = new StringBuilder();
    long fresh = groups.stream().filter(group -> group.isNew(since)).count();
    long failed = entries.stream().filter(entry -> entry.is(Entry.FAILED)).count();
    html.append("<p class=\"sums\">");
    sum(html, crashes.size(), "crashes", null);
    sum(html, groups.size(), "groups", null);
    if (since.isPresent()) {
      sum(html, fresh, "new since " + day(since), null);
    }
    sum(html, Groups.counts(crashes, Column.HOST).size(), "hosts", null);
    sum(html, failed, "not read", "failed.html");
    html.append("</p>\n<figure><figcaption>Crashes per ").append(trend.period());
    html.append("</figcaption>").append(trend.svg(crashes, 100, false)).append("</figure>\n");
    html.append(
        "<p><input type=\"search\" id=\"search\" placeholder=\"Search titles, kernels, hosts\""
            + " aria-label=\"Search\"/> <span id=\"shown\" role=\"status\"></span></p>\n");
    html.append("<div class=\"scroll\"><table class=\"sortable\"><thead><tr>");
    for (String head :
        List.of(
            "Count", "Title", "Class", "First", "Last", "Trend", "Kernels", "Hosts", "Models")) {
      html.append("<th scope=\"col\">").append(head).append("</th>");
    }
    html.append("</tr></thead><tbody>\n");
    for (Group group : groups) {
      row(html, group);
    }
    return html.append("</tbody></table></div>\n").toString();
  }

  private static void sum(StringBuilder html, long count, String what, @Nullable String link) {
    String text = "<b>" + count + "</b> " + Html.escape(what);
    html.append("<span>");
    html.append(link == null ? text : "<a href=\"" + link + "\">" + text + "</a>");
    html.append("</span> ");
  }

  private void row(StringBuilder html, Group group) {
    Map<String, Integer> kernels = group.counts(Column.RELEASE);
    Map<String, Integer> hosts = group.counts(Column.HOST);
    String words =
        String.join(" ", kernels.keySet())
            + ' '
            + String.join(" ", hosts.keySet().stream().limit(MOST_COUNTS).toList())
            + ' '
            + group.example().text(Column.STACK);
    html.append("<tr data-words=\"").append(Html.escape(words)).append("\">");
    number(html, group.count());
    html.append("<td><a href=\"groups/").append(file(group)).append("\">");
    html.append(Html.escape(group.title())).append("</a>");
    if (group.isNew(since)) {
      html.append(" <span class=\"new\">new</span>");
    }
    html.append("</td>").append(Html.element("td", group.failure().replace('_', ' ')));
    html.append(Html.element("td", day(group.first())))
        .append(Html.element("td", day(group.last())));
    html.append("<td>").append(trend.svg(group.entries(), 20, true)).append("</td>");
    number(html, kernels.size());
    number(html, hosts.size());
    number(html, group.counts(Column.HARDWARE).size());
    html.append("</tr>\n");
  }

  private static void number(StringBuilder html, int number) {
    html.append("<td class=\"number\">").append(number).append("</td>");
  }

  static String day(Optional<Instant> time) {
    return time.map(instant -> instant.toString().substring(0, 10)).orElse("");
  }

  private String group(Group group) {
    Entry example = group.example();
    StringBuilder html = new StringBuilder();
    html.append("<p class=\"sums\">");
    sum(html, group.count(), group.count() == 1 ? "crash" : "crashes", null);
    html.append("<span>").append(Html.escape(group.failure().replace('_', ' ')));
    html.append("</span> <span>").append(day(group.first())).append(" to ");
    html.append(day(group.last())).append("</span>");
    if (group.isNew(since)) {
      html.append(" <span class=\"new\">new</span>");
    }
    html.append("</p>\n");
    group
        .hint(hosts)
        .ifPresent(
            hint -> html.append("<p class=\"hint\">").append(Html.escape(hint)).append("</p>\n"));
    html.append("<figure><figcaption>Crashes per ").append(trend.period());
    html.append("</figcaption>").append(trend.svg(group.entries(), 100, false));
    html.append("</figure>\n<div class=\"columns\">\n");
    counts(html, "Kernels", group.counts(Column.RELEASE));
    counts(html, "Hosts", group.counts(Column.HOST));
    counts(html, "Machines", group.counts(Column.HARDWARE));
    counts(html, "Modules", group.counts(Column.CULPRIT_MODULE));
    html.append("</div>\n<h2>An example</h2>\n<p>");
    html.append(Html.escape(example.text(Column.SOURCE))).append("</p>\n<pre>");
    html.append(Html.escape(example.text(Column.VERDICT))).append("</pre>\n<p>");
    html.append("Its full report: <code>vmcore-gdbserver report ");
    html.append(Html.escape(shellWord(example.text(Column.SOURCE))));
    html.append(" -o report.html</code></p>\n<h2>All of them</h2>\n");
    dumps(html, group.entries());
    return html.toString();
  }

  private static String shellWord(String word) {
    return word.matches("[\\w./:@%+=,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private static void counts(StringBuilder html, String title, Map<String, Integer> counts) {
    if (counts.isEmpty()) {
      return;
    }
    int largest = counts.values().iterator().next();
    html.append("<section><h2>").append(title).append("</h2><table class=\"counts\">\n");
    int rows = 0;
    for (Map.Entry<String, Integer> count : counts.entrySet()) {
      if (++rows > MOST_COUNTS) {
        html.append("<tr><td colspan=\"3\">and ").append(counts.size() - MOST_COUNTS);
        html.append(" more</td></tr>\n");
        break;
      }
      html.append("<tr>").append(Html.element("td", count.getKey()));
      html.append("<td class=\"number\"><meter max=\"").append(largest).append("\" value=\"");
      html.append(count.getValue()).append("\"></meter></td>");
      number(html, count.getValue());
      html.append("</tr>\n");
    }
    html.append("</table></section>\n");
  }

  private static void dumps(StringBuilder html, List<Entry> dumps) {
    html.append("<div class=\"scroll\"><table class=\"sortable\"><thead><tr>");
    for (String head : List.of("Crashed", "Host", "Kernel", "Uptime", "Taint", "Source")) {
      html.append("<th scope=\"col\">").append(head).append("</th>");
    }
    html.append("</tr></thead><tbody>\n");
    // The latest: what is older is in the database.
    for (Entry entry : dumps.subList(Math.max(0, dumps.size() - MOST_ROWS), dumps.size())) {
      html.append("<tr>").append(Html.element("td", entry.text(Column.CRASHED)));
      html.append(Html.element("td", entry.text(Column.HOST)));
      html.append(Html.element("td", entry.text(Column.RELEASE)));
      html.append("<td class=\"number\">");
      html.append(Html.escape(entry.text(Column.UPTIME_SECONDS).replaceFirst("\\..*", "")));
      html.append("</td>").append(Html.element("td", entry.text(Column.TAINT)));
      html.append(Html.element("td", entry.text(Column.SOURCE))).append("</tr>\n");
    }
    html.append("</tbody></table></div>\n");
    if (dumps.size() > MOST_ROWS) {
      html.append("<p>The latest ").append(MOST_ROWS).append(" of ").append(dumps.size());
      html.append(".</p>\n");
    }
  }

  private String failed() {
    StringBuilder html = new StringBuilder();
    html.append("<div class=\"scroll\"><table class=\"sortable\"><thead><tr>");
    html.append("<th scope=\"col\">Source</th><th scope=\"col\">Why</th></tr></thead><tbody>\n");
    entries.stream()
        .filter(entry -> !entry.is(Entry.CRASH))
        .limit(MOST_ROWS * 10L)
        .forEach(
            entry ->
                html.append("<tr>")
                    .append(Html.element("td", entry.text(Column.SOURCE)))
                    .append(Html.element("td", entry.text(Column.REASON)))
                    .append("</tr>\n"));
    return html.append("</tbody></table></div>\n").toString();
  }
}
