package org.vmcore.gdbstub.inspect.query;

import java.util.ArrayList;
import java.util.List;

/** The words of a line that somebody typed in a debugger. */
public final class Words {
  private Words() {}

  /**
   * Splits at blanks; a word that begins with a quotation mark or an apostrophe goes to the next
   * one, blanks included, or to the line's end.
   */
  public static List<String> of(String line) {
    List<String> words = new ArrayList<>();
    int at = 0;
    while (at < line.length()) {
      char c = line.charAt(at);
      if (Character.isWhitespace(c)) {
        at++;
        continue;
      }
      boolean quoted = c == '"' || c == '\'';
      int from = quoted ? at + 1 : at;
      int end = from;
      while (end < line.length()
          && (quoted ? line.charAt(end) != c : !Character.isWhitespace(line.charAt(end)))) {
        end++;
      }
      words.add(line.substring(from, end));
      at = quoted ? end + 1 : end;
    }
    return words;
  }
}
