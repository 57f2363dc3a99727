package org.vmcore.triage;

import java.util.regex.Pattern;

/** HTML of texts that may hold anything. */
final class Markup {
  /** Control characters, and those that turn the direction of text around. */
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}&&[^\\n\\t]]");

  private Markup() {}

  /** As text, or as the value of an attribute in double quotes. */
  static String escape(String text) {
    return UNPRINTABLE
        .matcher(text)
        .replaceAll("\ufffd")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** A cell of a table. */
  static String cell(String text) {
    return "<td>" + escape(text) + "</td>";
  }
}
