package org.vmcore.gdbstub.stub;

import java.util.List;
import org.vmcore.gdbstub.Visible;

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

  /** Names and arguments are any bytes. gdb pads columns by bytes, and wants ASCII for that. */
  private void escape(String value) {
    String text = Visible.line(value);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> xml.append("&lt;");
        case '>' -> xml.append("&gt;");
        case '&' -> xml.append("&amp;");
        default -> xml.append(c >= 0x7f ? '?' : c);
      }
    }
  }
}
