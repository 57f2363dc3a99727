package org.vmcore.gdbstub.inspect.query;

import java.util.ArrayList;
import java.util.List;

/** The words of a line that somebody typed in a debugger. */
public final class Words {
  private Words() {}

  /**
   * Splits at blanks; a word that begins with a quotation mark or an apostrophe goes to the next
   * one, blanks included, or to the line's end. One that begins with a parenthesis has blanks up to
   * the other.
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
      int end = c == '(' ? closing(line, at) : from;
      while (end < line.length()
          && (quoted ? line.charAt(end) != c : !Character.isWhitespace(line.charAt(end)))) {
        end++;
      }
      words.add(line.substring(from, end));
      at = quoted ? end + 1 : end;
    }
    return words;
  }

  /** Where the parenthesis at a place is closed; the place itself where it is not. */
  private static int closing(String line, int at) {
    int depth = 0;
    for (int i = at; i < line.length(); i++) {
      depth += line.charAt(i) == '(' ? 1 : line.charAt(i) == ')' ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
    return at;
  }
}
