package org.vmcore.gdbstub.inspect.numbers;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;

/**
 * Numbers of 64 bits as crash's {@code eval} takes them: decimal, hexadecimal with 0x or with
 * letters, octal with a leading 0, multiplied by a {@code k}, {@code m} or {@code g} behind them,
 * or a symbol's address; with the operators of C in C's order.
 */
final class Arithmetic {
  private static final Pattern TOKEN =
      Pattern.compile("\\s*(0[xX][0-9a-fA-F]+|\\w+|<<|>>|[-+*/%&|^~()])");

  /** By what binds less. */
  private static final List<List<String>> LEVELS =
      List.of(
          List.of("|"),
          List.of("^"),
          List.of("&"),
          List.of("<<", ">>"),
          List.of("+", "-"),
          List.of("*", "/", "%"));

  private static final int MAX_DEPTH = 64;

  private final SymbolNames symbols;
  private final List<String> tokens = new ArrayList<>();
  private int at;
  private int depth;

  private Arithmetic(SymbolNames symbols) {
    this.symbols = symbols;
  }

  /** The value of an expression. */
  static long value(SymbolNames symbols, String text) throws NoAnswerException {
    Arithmetic arithmetic = new Arithmetic(symbols);
    Matcher matcher = TOKEN.matcher(text);
    int end = 0;
    while (matcher.find(end) && matcher.start() == end) {
      arithmetic.tokens.add(matcher.group(1));
      end = matcher.end();
      if (end == text.length()) {
        break;
      }
    }
    if (!text.substring(end).isBlank()) {
      throw NoAnswerException.usage("what is '" + text.substring(end).strip() + "'?");
    }
    long value = arithmetic.level(0);
    if (arithmetic.at < arithmetic.tokens.size()) {
      throw NoAnswerException.usage(
          "what is '" + arithmetic.tokens.get(arithmetic.at) + "' in the expression?");
    }
    return value;
  }

  private long level(int level) throws NoAnswerException {
    if (level == LEVELS.size()) {
      return operand();
    }
    long value = level(level + 1);
    while (at < tokens.size() && LEVELS.get(level).contains(tokens.get(at))) {
      String operator = tokens.get(at++);
      long right = level(level + 1);
      boolean divides = operator.equals("/") || operator.equals("%");
      if (divides && right == 0) {
        throw NoAnswerException.usage("a division by zero");
      }
      value = operator(operator).applyAsLong(value, right);
    }
    return value;
  }

  private static LongBinaryOperator operator(String name) {
    return switch (name) {
      case "|" -> (a, b) -> a | b;
      case "^" -> (a, b) -> a ^ b;
      case "&" -> (a, b) -> a & b;
      case "<<" -> (a, b) -> b >= Long.SIZE ? 0 : a << b;
      case ">>" -> (a, b) -> b >= Long.SIZE ? 0 : a >>> b;
      case "+" -> Long::sum;
      case "-" -> (a, b) -> a - b;
      case "*" -> (a, b) -> a * b;
      case "/" -> Long::divideUnsigned;
      default -> Long::remainderUnsigned;
    };
  }

  private long operand() throws NoAnswerException {
    if (at == tokens.size()) {
      throw NoAnswerException.usage("a number is missing");
    }
    if (depth++ > MAX_DEPTH) {
      throw NoAnswerException.usage("too many parentheses and signs");
    }
    String token = tokens.get(at++);
    long value;
    switch (token) {
      case "(" -> {
        value = level(0);
        if (at == tokens.size() || !tokens.get(at++).equals(")")) {
          throw NoAnswerException.usage("a parenthesis is not closed");
        }
      }
      case "-" -> value = -operand();
      case "~" -> value = ~operand();
      case "+" -> value = operand();
      default -> value = number(token);
    }
    depth--;
    return value;
  }

  private long number(String token) throws NoAnswerException {
    try {
      if (token.matches("0[xX][0-9a-fA-F]+")) {
        return Long.parseUnsignedLong(token.substring(2), 16);
      } else if (token.matches("\\d+[kKmMgG]")) {
        int shift =
            10 * ("kmg".indexOf(Character.toLowerCase(token.charAt(token.length() - 1))) + 1);
        return Long.parseUnsignedLong(token.substring(0, token.length() - 1)) << shift;
      } else if (token.matches("0[0-7]+")) {
        return Long.parseUnsignedLong(token, 8);
      } else if (token.matches("\\d+")) {
        return Long.parseUnsignedLong(token);
      }
      List<SymbolNames.Named> named = symbols.named(token);
      return named.isEmpty() ? Long.parseUnsignedLong(token, 16) : named.get(0).address();
    } catch (NumberFormatException e) {
      throw NoAnswerException.usage("'" + token + "' is neither a number nor a symbol");
    }
  }
}
