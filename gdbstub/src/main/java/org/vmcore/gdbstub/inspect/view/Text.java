package org.vmcore.gdbstub.inspect.view;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.vmcore.gdbstub.Visible;

/**
 * Where a view prints. Patterns are the program's own layout; the texts that are put into them may
 * come from the dump and are made visible, line ends included, before they are padded.
 */
public final class Text {
  /** Of integers. */
  public static final int DECIMAL = 10;

  public static final int HEXADECIMAL = 16;

  private final Consumer<String> sink;
  private final int digits;
  private final int radix;

  /**
   * @param sink takes pieces of text as they are made
   * @param digits of an address of the machine
   */
  public Text(Consumer<String> sink, int digits) {
    this(sink, digits, DECIMAL);
  }

  private Text(Consumer<String> sink, int digits, int radix) {
    this.sink = sink;
    this.digits = digits;
    this.radix = radix;
  }

  /**
   * The same for people who want integers of structures in another radix where they say nothing.
   *
   * @param chosen 10 or 16
   */
  public Text withRadix(int chosen) {
    return new Text(sink, digits, chosen);
  }

  /** Of integers, where nothing else is said: 10 or 16. */
  public int radix() {
    return radix;
  }

  /** How many digits an address of the machine has. */
  public int digits() {
    return digits;
  }

  /** An address with all its digits, as crash prints it. */
  public String pointer(long address) {
    return format("%0" + digits + "x", address);
  }

  /** Prints by a pattern of {@link java.util.Formatter}. */
  @FormatMethod
  public void print(@FormatString String pattern, Object... values) {
    sink.accept(format(pattern, values));
  }

  /** The same with a pattern that was made for the width of a table's columns. */
  public void row(String pattern, Object... values) {
    sink.accept(format(pattern, values));
  }

  /** The same without blanks at the end, as a line of its own. */
  public void line(String pattern, Object... values) {
    sink.accept(format(pattern, values).stripTrailing() + "\n");
  }

  /** Prints lines whose texts were made visible when they were laid out. */
  public void lay(String lines) {
    sink.accept(Visible.lines(lines));
  }

  /** A line that says why what is above is not all; none if it is. */
  public void notAll(Optional<String> reason) {
    reason.ifPresent(text -> print("(not all: %s)\n", text));
  }

  /** A piece of a line for a caller that lays it out itself. */
  public static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, Arrays.stream(values).map(Text::shown).toArray());
  }

  private static Object shown(Object value) {
    if (value instanceof Character c) {
      return Visible.isSafe(c) ? c : '?';
    }
    boolean plain = value instanceof Number || value instanceof Boolean;
    return plain ? value : Visible.line(String.valueOf(value));
  }

  /** A title in the middle of a column, blanks on its left only. */
  public static String centred(String title, int width) {
    return " ".repeat(Math.max((width - title.length()) / 2, 0)) + title;
  }
}
