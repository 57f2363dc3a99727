package org.vmcore.gdbstub.linux.trace;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.vmcore.gdbstub.linux.trace.PrintFormat.UnknownException;

/** Evaluates the expressions of a {@link PrintFormat} for an event, by recursive descent. */
final class PrintExpressions {
  /** Parentheses in parentheses; what is deeper is no kernel's. */
  private static final int MAX_DEPTH = 200;

  /** By precedence, the lowest first. */
  private static final List<Set<String>> BINARY =
      List.of(
          Set.of("||"),
          Set.of("&&"),
          Set.of("|"),
          Set.of("^"),
          Set.of("&"),
          Set.of("==", "!="),
          Set.of("<", ">", "<=", ">="),
          Set.of("<<", ">>"),
          Set.of("+", "-"),
          Set.of("*", "/", "%"));

  private static final Set<String> TYPES =
      Set.of(
          "unsigned",
          "signed",
          "long",
          "int",
          "short",
          "char",
          "void",
          "const",
          "bool",
          "struct",
          "enum",
          "u8",
          "u16",
          "u32",
          "u64",
          "s8",
          "s16",
          "s32",
          "s64",
          "__u8",
          "__u16",
          "__u32",
          "__u64",
          "__s8",
          "__s16",
          "__s32",
          "__s64");

  private final List<String> tokens;
  private final FieldReader fields;
  private int at;
  private int depth;

  PrintExpressions(PrintFormat format, FieldReader fields) {
    this.tokens = format.tokens();
    this.fields = fields;
  }

  /** Everything that the format takes: numbers, texts or bytes. */
  List<Object> all() throws UnknownException {
    List<Object> values = new ArrayList<>();
    while (at < tokens.size()) {
      expect(",");
      values.add(expression());
    }
    return values;
  }

  private String peek() {
    return at < tokens.size() ? tokens.get(at) : "";
  }

  private String take() throws UnknownException {
    if (at >= tokens.size()) {
      throw new UnknownException("it ends early");
    }
    return tokens.get(at++);
  }

  private void expect(String token) throws UnknownException {
    String taken = take();
    if (!taken.equals(token)) {
      throw new UnknownException("%s in the place of %s".formatted(taken, token));
    }
  }

  private Object expression() throws UnknownException {
    if (++depth > MAX_DEPTH) {
      throw new UnknownException("too deep");
    }
    Object condition = binary(0);
    if (peek().equals("?")) {
      at++;
      Object then = expression();
      expect(":");
      Object otherwise = expression();
      condition = number(condition) != 0 ? then : otherwise;
    }
    depth--;
    return condition;
  }

  private Object binary(int level) throws UnknownException {
    if (level == BINARY.size()) {
      return unary();
    }
    Object left = binary(level + 1);
    while (BINARY.get(level).contains(peek())) {
      String operator = take();
      left = apply(operator, number(left), number(binary(level + 1)));
    }
    return left;
  }

  private static long apply(String operator, long left, long right) throws UnknownException {
    if (right == 0 && (operator.equals("/") || operator.equals("%"))) {
      throw new UnknownException("a division by zero");
    }
    return switch (operator) {
      case "||" -> left != 0 || right != 0 ? 1 : 0;
      case "&&" -> left != 0 && right != 0 ? 1 : 0;
      case "|" -> left | right;
      case "^" -> left ^ right;
      case "&" -> left & right;
      case "==" -> left == right ? 1 : 0;
      case "!=" -> left != right ? 1 : 0;
      case "<" -> left < right ? 1 : 0;
      case ">" -> left > right ? 1 : 0;
      case "<=" -> left <= right ? 1 : 0;
      case ">=" -> left >= right ? 1 : 0;
      case "<<" -> left << right;
      case ">>" -> left >> right;
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / right;
      default -> left % right;
    };
  }

  private static long number(Object value) throws UnknownException {
    if (value instanceof Long number) {
      return number;
    }
    throw new UnknownException("a text where a number is needed");
  }

  private Object unary() throws UnknownException {
    if (++depth > MAX_DEPTH) {
      throw new UnknownException("too deep");
    }
    String token = peek();
    Object value;
    if (Set.of("-", "~", "!", "+").contains(token)) {
      at++;
      long number = number(unary());
      value =
          switch (token) {
            case "-" -> -number;
            case "~" -> ~number;
            case "!" -> number == 0 ? 1L : 0L;
            default -> number;
          };
    } else if (token.equals("(") && isCast()) {
      value = cast();
    } else {
      value = primary();
    }
    depth--;
    return value;
  }

  private boolean isCast() {
    String first = at + 1 < tokens.size() ? tokens.get(at + 1) : "";
    return TYPES.contains(first) || (first.endsWith("_t") && !first.startsWith("__get"));
  }

  private Object cast() throws UnknownException {
    at++;
    StringBuilder type = new StringBuilder();
    for (String token = take(); !token.equals(")"); token = take()) {
      type.append(token).append(' ');
    }
    Object value = unary();
    return value instanceof Long number ? converted(number, type.toString().strip()) : value;
  }

  private static Object converted(long number, String type) {
    return switch (type.replace("__", "")) {
      case "u8", "unsigned char" -> number & 0xff;
      case "u16", "unsigned short" -> number & 0xffff;
      case "u32", "unsigned int", "unsigned" -> number & 0xffff_ffffL;
      case "s8", "char", "signed char" -> (long) (byte) number;
      case "s16", "short" -> (long) (short) number;
      case "s32", "int" -> (long) (int) number;
      default -> number;
    };
  }

  private Object primary() throws UnknownException {
    String token = take();
    char first = token.charAt(0);
    if (first == '"') {
      StringBuilder text = new StringBuilder(PrintFormat.unquoted(token));
      while (peek().startsWith("\"")) {
        text.append(PrintFormat.unquoted(take()));
      }
      return text.toString();
    } else if (first == '\'') {
      return (long) PrintFormat.unquoted(token).charAt(0);
    } else if (Character.isDigit(first)) {
      return literal(token);
    } else if (token.equals("(")) {
      Object value = expression();
      expect(")");
      return value;
    } else if (token.equals("REC")) {
      expect("->");
      return element(fields.value(take()));
    } else if (peek().equals("(")) {
      at++;
      Object value = call(token);
      expect(")");
      return value;
    }
    throw new UnknownException("what is " + token);
  }

  private static long literal(String token) throws UnknownException {
    String digits = token.replaceFirst("[uUlL]+$", "");
    try {
      boolean hexadecimal = digits.startsWith("0x") || digits.startsWith("0X");
      return hexadecimal
          ? Long.parseUnsignedLong(digits.substring(2), 16)
          : Long.parseUnsignedLong(digits);
    } catch (NumberFormatException e) {
      throw new UnknownException(token + " is no number");
    }
  }

  private Object element(Object value) throws UnknownException {
    if (!peek().equals("[")) {
      return value;
    }
    at++;
    long index = number(expression());
    expect("]");
    if (value instanceof byte[] bytes && index >= 0 && index < bytes.length) {
      return Byte.toUnsignedLong(bytes[(int) index]);
    }
    throw new UnknownException("an element of what is no array of bytes");
  }

  private Object call(String function) throws UnknownException {
    return switch (function) {
      case "__get_str", "__get_rel_str" -> FieldReader.text(fields.dynamic(take()));
      case "__get_dynamic_array", "__get_rel_dynamic_array" -> fields.dynamic(take());
      case "__get_dynamic_array_len", "__get_rel_dynamic_array_len" ->
          (long) fields.dynamic(take()).length;
      case "__print_symbolic", "__print_symbolic64" -> symbolic();
      case "__print_flags", "__print_flags64" -> flags();
      case "__print_hex" -> hex(" ");
      case "__print_hex_str" -> hex("");
      case "__print_array" -> array();
      default -> throw new UnknownException("the function " + function);
    };
  }

  /** {@code value, { number, "name" }, ...}. */
  private String symbolic() throws UnknownException {
    long value = number(expression());
    String found = "";
    while (peek().equals(",")) {
      at++;
      expect("{");
      long wanted = number(expression());
      expect(",");
      Object name = expression();
      expect("}");
      found = found.isEmpty() && wanted == value ? String.valueOf(name) : found;
    }
    return found.isEmpty() ? "0x" + Long.toHexString(value) : found;
  }

  /** {@code value, "delimiter", { mask, "name" }, ...}. */
  private String flags() throws UnknownException {
    long left = number(expression());
    expect(",");
    String delimiter = String.valueOf(expression());
    List<String> names = new ArrayList<>();
    while (peek().equals(",")) {
      at++;
      expect("{");
      long mask = number(expression());
      expect(",");
      Object name = expression();
      expect("}");
      if (left != 0 && (left & mask) == mask) {
        names.add(String.valueOf(name));
        left &= ~mask;
      }
    }
    if (left != 0) {
      names.add("0x" + Long.toHexString(left));
    }
    return String.join(delimiter, names);
  }

  private String hex(String between) throws UnknownException {
    Object bytes = expression();
    expect(",");
    long length = number(expression());
    if (!(bytes instanceof byte[] some) || length < 0 || length > some.length) {
      throw new UnknownException("bytes that are not there");
    }
    return HexFormat.ofDelimiter(between).formatHex(some, 0, (int) length);
  }

  /** {@code array, count, size of an element}. */
  private String array() throws UnknownException {
    Object bytes = expression();
    expect(",");
    long count = number(expression());
    expect(",");
    long size = number(expression());
    if (!(bytes instanceof byte[] some) || size < 1 || size > Long.BYTES || count < 0) {
      throw new UnknownException("an array that is not there");
    }
    List<String> shown = new ArrayList<>();
    for (long one : fields.numbers(some, (int) size)) {
      if (shown.size() < count) {
        shown.add("0x" + Long.toHexString(one));
      }
    }
    return "{" + String.join(",", shown) + "}";
  }
}
