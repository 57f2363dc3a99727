package org.vmcore.gdbstub.app;

import java.util.List;
import java.util.regex.Pattern;

/** Pieces of an HTML page. Text from a dump may hold anything, and comes out as text. */
public final class Html {
  /**
   * What HTML forbids (control characters, halves of surrogate pairs, what is no character) and
   * what would change how the text around it reads (marks of writing direction).
   */
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}&&[^\\n\\t]]");

  private Html() {}

  /** The text, to stand between tags or in an attribute's quotes. */
  public static String escape(String text) {
    return UNPRINTABLE
        .matcher(text)
        .replaceAll("\ufffd")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** An element with text in it. */
  public static String element(String name, String text) {
    return "<%s>%s</%1$s>".formatted(name, escape(text));
  }

  /** A paragraph. */
  static String paragraph(String text) {
    return element("p", text) + "\n";
  }

  /** A box that scrolls by itself where the screen is narrow, with the keyboard, too. */
  static String scrolling(String label, String html) {
    return "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n%s</div>\n"
        .formatted(escape(label), html);
  }

  /**
   * A column of a table.
   *
   * @param style a class of the page's style sheet, or empty
   */
  record Column(String title, String style) {
    static Column text(String title) {
      return new Column(title, "");
    }

    static Column code(String title) {
      return new Column(title, "code");
    }

    static Column number(String title) {
      return new Column(title, "number");
    }

    private String attributes() {
      return style.isEmpty() ? "" : " class=\"" + style + "\"";
    }
  }

  /**
   * A table of text.
   *
   * @param label what it shows, for those who do not see it
   */
  static String table(String label, List<Column> columns, List<List<String>> rows) {
    StringBuilder html = new StringBuilder("<table>\n<thead><tr>");
    for (Column column : columns) {
      html.append(
          "<th scope=\"col\"%s>%s</th>".formatted(column.attributes(), escape(column.title())));
    }
    html.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : rows) {
      html.append("<tr>");
      for (int i = 0; i < columns.size(); i++) {
        html.append("<td%s>%s</td>".formatted(columns.get(i).attributes(), escape(row.get(i))));
      }
      html.append("</tr>\n");
    }
    return scrolling(label, html.append("</tbody>\n</table>\n").toString());
  }

  /** A part that is shown when somebody asks for it. */
  static String folded(String title, String html) {
    return "<details>\n<summary>%s</summary>\n%s</details>\n".formatted(escape(title), html);
  }
}
