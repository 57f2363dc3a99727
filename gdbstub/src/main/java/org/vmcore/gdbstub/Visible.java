package org.vmcore.gdbstub;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/**
 * Text of a dump made visible: whoever could write into the machine's memory could put there what a
 * terminal obeys. Shown as {@code \x1b} or {@code \u202e} are the control characters (C0, DEL and
 * C1, of ECMA-48), what changes the direction or the order of the text around it (Unicode Standard
 * Annex 9, and all else of general category Cf), line and paragraph separators, halves of surrogate
 * pairs and what is not assigned.
 */
public final class Visible {
  private static final int ASCII_END = 0x7f;
  private static final int BYTE_END = 0x100;

  /** The last C1 control. */
  private static final int C1_END = 0x9f;

  private Visible() {}

  /** One line of text from a dump; a line's end in it is made visible too. */
  public static String line(String text) {
    return isPlain(text) ? text : escape(decoded(text), "");
  }

  /** Text whose lines and tabs are layout. */
  public static String lines(String text) {
    return isPlain(text) ? text : escape(text, "\n\t");
  }

  /** What nearly all text is. */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c >= ASCII_END) {
        return false;
      }
    }
    return true;
  }

  /**
   * Memory is read as ISO-8859-1, byte by byte; where the bytes are UTF-8 they are shown as what
   * they mean.
   */
  private static String decoded(String text) {
    if (text.chars().anyMatch(c -> c >= BYTE_END)) {
      return text;
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(text.getBytes(ISO_8859_1))).toString();
    } catch (CharacterCodingException e) {
      return text;
    }
  }

  private static String escape(String text, String layout) {
    StringBuilder visible = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              if (isSafe(c) || layout.indexOf(c) >= 0) {
                visible.appendCodePoint(c);
              } else {
                visible.append(
                    (c <= C1_END ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
              }
            });
    return visible.toString();
  }

  /** Whether a terminal shows a character and does nothing else. */
  public static boolean isSafe(int c) {
    if (c < ASCII_END) {
      return c >= ' ';
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.PRIVATE_USE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
