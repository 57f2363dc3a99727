package org.vmcore.gdbstub.rsp;

/** Text in the documents that debuggers are given. */
public final class Xml {
  private Xml() {}

  /**
   * The text, to stand between tags or in an attribute's quotes.
   *
   * @param text without characters that XML 1.0 cannot have
   */
  public static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
