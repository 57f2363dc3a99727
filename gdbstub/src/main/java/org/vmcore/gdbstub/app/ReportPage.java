package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.vmcore.gdbstub.Version;

/** A report as one HTML page that needs nothing else: no script, no font, no picture of others. */
final class ReportPage {
  private ReportPage() {}

  static String of(CrashReport report) throws IOException {
    StringBuilder main = new StringBuilder();
    if (!report.warnings().isEmpty()) {
      main.append("<ul class=\"warnings\" aria-label=\"Warnings\">\n");
      report.warnings().forEach(text -> main.append(Html.element("li", text)).append('\n'));
      main.append("</ul>\n");
    }
    StringBuilder contents = new StringBuilder();
    for (ReportSection section : report.sections()) {
      String title = Html.escape(section.title());
      contents.append("<a href=\"#%s\">%s</a>\n".formatted(section.id(), title));
      main.append(
          """
          <section id="%1$s" aria-labelledby="%1$s-title">
          <h2 id="%1$s-title">%2$s</h2>
          %3$s</section>
          """
              .formatted(section.id(), title, section.html()));
    }
    if (!report.untold().isEmpty()) {
      main.append("<section id=\"untold\" aria-labelledby=\"untold-title\">\n");
      main.append("<h2 id=\"untold-title\">What this dump does not tell</h2>\n<ul>\n");
      report.untold().forEach(text -> main.append(Html.element("li", text)).append('\n'));
      main.append("</ul>\n</section>\n");
    }
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <meta name="referrer" content="no-referrer"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
        <title>%1$s: %2$s</title>
        <style>
        %3$s</style>
        </head>
        <body>
        <header>
        <p class="kind">Linux crash report</p>
        <h1>%1$s</h1>
        <p class="subtitle">%2$s</p>
        <nav aria-label="Sections">
        %4$s</nav>
        </header>
        <main>
        %5$s</main>
        <footer>
        <p>Made by vmcore-gdbserver %6$s from the dump alone. It may hold secrets of the machine.</p>
        </footer>
        </body>
        </html>
        """
        .formatted(
            Html.escape(report.title()),
            Html.escape(report.subtitle()),
            style(),
            contents,
            main,
            Html.escape(Version.get()));
  }

  private static String style() throws IOException {
    try (InputStream css =
        Objects.requireNonNull(ReportPage.class.getResourceAsStream("report.css"))) {
      return new String(css.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
