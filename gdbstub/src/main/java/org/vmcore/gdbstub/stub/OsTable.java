package org.vmcore.gdbstub.stub;

import java.util.List;

/** One table of {@code qXfer:osdata} (GDB manual, "Operating System Auxiliary Information"). */
final class OsTable {
  private final List<String> columns;
  private final StringBuilder xml = new StringBuilder();

  OsTable(String type, String... columns) {
    this.columns = List.of(columns);
    xml.append("<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"osdata.dtd\">\n");
    xml.append("<osdata type=\"").append(type).append("\">\n");
  }

  void row(String... values) {
    xml.append("<item>\n");
    for (int i = 0; i < columns.size(); i++) {
      xml.append("<column name=\"").append(columns.get(i)).append("\">");
      escape(values[i]);
      xml.append("</column>\n");
    }
    xml.append("</item>\n");
  }

  String xml() {
    return xml + "</osdata>\n";
  }

  /** Names and arguments are any bytes; XML 1.0 has no way to write a control character. */
  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> xml.append("&lt;");
        case '>' -> xml.append("&gt;");
        case '&' -> xml.append("&amp;");
        default -> xml.append(c < ' ' || c >= 0x7f ? '?' : c);
      }
    }
  }
}
