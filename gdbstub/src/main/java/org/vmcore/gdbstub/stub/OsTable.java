package org.vmcore.gdbstub.stub;

import java.util.List;
import org.vmcore.gdbstub.Visible;
import org.vmcore.gdbstub.rsp.Xml;

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
      // gdb pads columns by bytes, and wants ASCII for that.
      xml.append(Xml.escape(Visible.line(values[i]).replaceAll("[^\\x00-\\x7e]", "?")));
      xml.append("</column>\n");
    }
    xml.append("</item>\n");
  }

  String xml() {
    return xml + "</osdata>\n";
  }
}
