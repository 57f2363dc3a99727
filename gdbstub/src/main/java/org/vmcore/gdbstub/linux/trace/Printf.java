package org.vmcore.gdbstub.linux.trace;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.linux.trace.PrintFormat.UnknownException;

/** The kernel's printf, as far as traces use it (Linux lib/vsprintf.c). */
final class Printf {
  private static final Pattern CONVERSION =
      Pattern.compile("%(%|([-+ #0]*)(\\d*)(?:\\.(\\d+))?(hh|h|ll|l|z|t|L)?([a-zA-Z]))(\\w*)");

  /** Wider is nothing that anybody reads. */
  private static final int MAX_WIDTH = 1000;

  private Printf() {}

  /**
   * Formats values.
   *
   * @param functions the name of what an address is in, without how far
   */
  static String format(String format, List<Object> values, LongFunction<String> functions)
      throws UnknownException {
    StringBuilder out = new StringBuilder();
    Iterator<Object> next = values.iterator();
    Matcher matcher = CONVERSION.matcher(format);
    int at = 0;
    while (matcher.find(at)) {
      out.append(format, at, matcher.start());
      at = matcher.end(1);
      if (matcher.group(1).equals("%")) {
        out.append('%');
        continue;
      }
      if (!next.hasNext()) {
        throw new UnknownException("fewer values than the format takes");
      }
      Object value = next.next();
      char conversion = matcher.group(6).charAt(0);
      String text;
      if (conversion == 'p') {
        String kind = matcher.group(7);
        text = pointer(value, kind, functions);
        at += kind.isEmpty() ? 0 : 1;
      } else if (conversion == 's') {
        text = cut(text(value), matcher.group(4));
      } else {
        text = number(value, conversion, String.valueOf(matcher.group(5)), matcher.group(2));
      }
      pad(out, text, matcher.group(2), matcher.group(3));
    }
    return out.append(format.substring(at)).toString();
  }

  private static String text(Object value) throws UnknownException {
    if (value instanceof String text) {
      return text;
    } else if (value instanceof byte[] bytes) {
      return FieldReader.text(bytes);
    }
    throw new UnknownException("a text that is elsewhere");
  }

  private static String cut(String text, String precision) {
    int most = precision == null ? text.length() : width(precision);
    return text.length() > most ? text.substring(0, most) : text;
  }

  private static int width(String digits) {
    return digits.length() > 4 ? MAX_WIDTH : Math.min(Integer.parseInt(digits), MAX_WIDTH);
  }

  private static void pad(StringBuilder out, String text, String flags, String digits) {
    int missing = digits.isEmpty() ? 0 : width(digits) - text.length();
    if (flags.contains("-")) {
      out.append(text).append(" ".repeat(Math.max(missing, 0)));
    } else if (flags.contains("0")) {
      int sign = text.startsWith("-") ? 1 : text.startsWith("0x") && flags.contains("#") ? 2 : 0;
      out.append(text, 0, sign).append("0".repeat(Math.max(missing, 0)));
      out.append(text.substring(sign));
    } else {
      out.append(" ".repeat(Math.max(missing, 0))).append(text);
    }
  }

  private static String pointer(Object value, String kind, LongFunction<String> functions)
      throws UnknownException {
    if (!(value instanceof Long address)) {
      throw new UnknownException("a pointer that is none");
    }
    char first = kind.isEmpty() ? ' ' : kind.charAt(0);
    return switch (first) {
      // The kernel hashes these; whoever has the dump has the addresses anyway.
      case ' ', 'x', 'K' -> String.format(Locale.ROOT, "%016x", address);
      case 's', 'f', 'S', 'F', 'B' -> functions.apply(address);
      default -> throw new UnknownException("the conversion %p" + kind);
    };
  }

  private static String number(Object value, char conversion, String size, String flags)
      throws UnknownException {
    if (!(value instanceof Long given)) {
      throw new UnknownException("a text where a number is needed");
    }
    int bits =
        switch (size) {
          case "hh" -> Byte.SIZE;
          case "h" -> Short.SIZE;
          case "l", "ll", "z", "t", "L" -> Long.SIZE;
          default -> Integer.SIZE;
        };
    int unused = Long.SIZE - bits;
    long signed = given << unused >> unused;
    long unsigned = given << unused >>> unused;
    String sign = flags.contains("+") && signed >= 0 ? "+" : "";
    String prefix = flags.contains("#") ? "0x" : "";
    return switch (conversion) {
      case 'd', 'i' -> sign + signed;
      case 'u' -> Long.toUnsignedString(unsigned);
      case 'x' -> prefix + Long.toHexString(unsigned);
      case 'X' -> prefix + Long.toHexString(unsigned).toUpperCase(Locale.ROOT);
      case 'o' -> Long.toOctalString(unsigned);
      case 'c' -> String.valueOf((char) (unsigned & 0xff));
      default -> throw new UnknownException("the conversion %" + conversion);
    };
  }
}
