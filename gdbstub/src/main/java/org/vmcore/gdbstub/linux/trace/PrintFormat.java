package org.vmcore.gdbstub.linux.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a kind of event is printed: a format of printf and an expression of C for each thing that it
 * takes, of the event's fields as {@code REC->name}, with the kernel's helpers such as {@code
 * __print_symbolic} (Linux include/trace/stages/stage3_trace_output.h). What goes beyond what is
 * known here is told by an exception, and shown otherwise.
 */
final class PrintFormat {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)'|0[xX][0-9a-fA-F]+[uUlL]*"
              + "|\\d+[uUlL]*|[A-Za-z_]\\w*|->|<<|>>|<=|>=|==|!=|&&|\\|\\||[-+*/%&|^~!<>=?:(){},.\\[\\]])");

  /** More than any kernel's; a format in a damaged dump ends somewhere. */
  private static final int MAX_TOKENS = 100_000;

  private final String format;
  private final List<String> tokens;

  /** It cannot be printed this way. */
  static final class UnknownException extends Exception {
    private static final long serialVersionUID = 1;

    UnknownException(String message) {
      super(message, null, false, false);
    }
  }

  private PrintFormat(String format, List<String> tokens) {
    this.format = format;
    this.tokens = tokens;
  }

  /** Reads one, such as {@code "pid=%d", REC->pid}. */
  static PrintFormat parse(String text) throws UnknownException {
    List<String> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(text);
    int at = 0;
    while (at < text.length() && matcher.find(at) && matcher.start() == at) {
      tokens.add(matcher.group(1));
      at = matcher.end();
      if (tokens.size() > MAX_TOKENS) {
        throw new UnknownException("too long");
      }
    }
    if (!text.substring(at).isBlank()) {
      throw new UnknownException("what is " + text.substring(at, Math.min(at + 20, text.length())));
    }
    StringBuilder format = new StringBuilder();
    int next = 0;
    while (next < tokens.size() && tokens.get(next).startsWith("\"")) {
      format.append(unquoted(tokens.get(next)));
      next++;
    }
    return new PrintFormat(format.toString(), List.copyOf(tokens.subList(next, tokens.size())));
  }

  String format() {
    return format;
  }

  /** What comes behind the format: a comma before each expression. */
  List<String> tokens() {
    return tokens;
  }

  /** A string of C without its quotation marks. */
  static String unquoted(String quoted) {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < quoted.length() - 1; i++) {
      char c = quoted.charAt(i);
      if (c == '\\' && i + 1 < quoted.length() - 1) {
        i++;
        c =
            switch (quoted.charAt(i)) {
              case 'n' -> '\n';
              case 't' -> '\t';
              default -> quoted.charAt(i);
            };
      }
      text.append(c);
    }
    return text.toString();
  }
}
