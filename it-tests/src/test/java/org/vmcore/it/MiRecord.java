package org.vmcore.it;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A result or asynchronous record of gdb/MI (GDB manual, "GDB/MI Output Syntax"):
 *
 * <pre>
 * class ( "," result )*
 * result = name "=" value
 * value  = c-string | "{" results "}" | "[" values or results "]"
 * </pre>
 *
 * Lists of results, such as {@code [frame={..},frame={..}]}, keep the values alone.
 *
 * @param name such as {@code done}, {@code error} or {@code stopped}
 * @param results strings, lists and maps of the same
 */
record MiRecord(String name, Map<String, Object> results) {

  static MiRecord parse(String text) {
    Parser parser = new Parser(text);
    String name = parser.word();
    Map<String, Object> results = new LinkedHashMap<>();
    while (parser.take(',')) {
      parser.result(results);
    }
    return new MiRecord(name, results);
  }

  /** A C string of the protocol, with its quotes. */
  static String unquoted(String text) {
    return new Parser(text).string();
  }

  String string(String key) {
    return (String) get(results, key);
  }

  List<Map<String, Object>> list(String key) {
    return maps(get(results, key));
  }

  @SuppressWarnings("unchecked") // a list of the protocol that is known to hold tuples
  static List<Map<String, Object>> maps(Object value) {
    return (List<Map<String, Object>>) value;
  }

  static Object get(Map<String, Object> tuple, String key) {
    Object value = tuple.get(key);
    if (value == null) {
      throw new AssertionError("no " + key + " in " + tuple);
    }
    return value;
  }

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    boolean take(char expected) {
      if (at < text.length() && text.charAt(at) == expected) {
        at++;
        return true;
      }
      return false;
    }

    String word() {
      int start = at;
      while (at < text.length() && ",=".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(start, at);
    }

    void result(Map<String, Object> into) {
      String name = word();
      at++;
      into.put(name, value());
    }

    Object value() {
      if (take('{')) {
        Map<String, Object> tuple = new LinkedHashMap<>();
        while (!take('}')) {
          result(tuple);
          take(',');
        }
        return tuple;
      }
      if (take('[')) {
        List<Object> list = new ArrayList<>();
        while (!take(']')) {
          if ("\"{[".indexOf(text.charAt(at)) < 0) {
            word();
            at++;
          }
          list.add(value());
          take(',');
        }
        return list;
      }
      return string();
    }

    String string() {
      StringBuilder string = new StringBuilder();
      at++;
      while (text.charAt(at) != '"') {
        char c = text.charAt(at++);
        if (c != '\\') {
          string.append(c);
          continue;
        }
        char escaped = text.charAt(at++);
        switch (escaped) {
          case 'n' -> string.append('\n');
          case 't' -> string.append('\t');
          case 'r' -> string.append('\r');
          case '0', '1', '2', '3' -> {
            string.append((char) Integer.parseInt(text.substring(at - 1, at + 2), 8));
            at += 2;
          }
          default -> string.append(escaped);
        }
      }
      at++;
      return string.toString();
    }
  }
}
