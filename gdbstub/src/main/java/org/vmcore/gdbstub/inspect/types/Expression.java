package org.vmcore.gdbstub.inspect.types;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.query.Call;
import org.vmcore.gdbstub.inspect.query.NoAnswerException;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Named;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeRef;
import org.vmcore.gdbstub.linux.types.TypedMemory;
import org.vmcore.gdbstub.linux.types.Variables;
import org.vmcore.gdbstub.symbols.write.KnownVariables;

/**
 * An expression of C as people have gdb print it: variables, members by {@code .} and {@code ->},
 * elements, {@code *} and {@code &}, casts, {@code sizeof}, numbers and their arithmetic. Reads
 * memory only as far as pointers have to be followed.
 */
final class Expression {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(0[xX][0-9a-fA-F]+|\\d+|[A-Za-z_$]\\w*|->|<<|>>|==|!=|[-+*/%&|^~().\\[\\]<>!])");

  private static final List<List<String>> LEVELS =
      List.of(
          List.of("|"),
          List.of("^"),
          List.of("&"),
          List.of("==", "!="),
          List.of("<<", ">>"),
          List.of("+", "-"),
          List.of("*", "/", "%"));

  private static final int MAX_DEPTH = 64;

  private final TypedMemory memory;
  private final Call call;
  private final List<String> tokens = new ArrayList<>();
  private int at;
  private int depth;

  /**
   * What an expression stands for.
   *
   * @param object in memory, if it is one
   * @param number that it is otherwise
   * @param pointed what the number points to, if it is a pointer
   */
  record Operand(@Nullable KernelObject object, long number, @Nullable Type pointed) {
    static Operand of(KernelObject object) {
      return new Operand(object, 0, null);
    }

    static Operand of(long number) {
      return new Operand(null, number, null);
    }

    long value() throws KernelReadException {
      if (object == null) {
        return number;
      }
      return object.type().resolved() instanceof Type.Array ? object.address() : object.value();
    }
  }

  private Expression(Call call) throws MissingFactException {
    this.call = call;
    this.memory = call.typed();
  }

  /** Works out an expression. */
  static Operand of(Call call, String text)
      throws NoAnswerException, MissingFactException, KernelReadException {
    Expression expression = new Expression(call);
    Matcher matcher = TOKEN.matcher(text);
    int end = 0;
    while (end < text.length() && matcher.find(end) && matcher.start() == end) {
      expression.tokens.add(matcher.group(1));
      end = matcher.end();
    }
    if (!text.substring(end).isBlank()) {
      throw NoAnswerException.usage("what is '" + text.substring(end).strip() + "'?");
    }
    Operand result = expression.level(0);
    if (expression.at < expression.tokens.size()) {
      throw NoAnswerException.usage(
          "what is '" + expression.tokens.get(expression.at) + "' in the expression?");
    }
    return result;
  }

  private boolean takes(String token) {
    if (at < tokens.size() && tokens.get(at).equals(token)) {
      at++;
      return true;
    }
    return false;
  }

  private void require(String token) throws NoAnswerException {
    if (!takes(token)) {
      throw NoAnswerException.usage("'" + token + "' is missing in the expression");
    }
  }

  private Operand level(int level)
      throws NoAnswerException, MissingFactException, KernelReadException {
    if (level == LEVELS.size()) {
      return unary();
    }
    Operand left = level(level + 1);
    while (at < tokens.size() && LEVELS.get(level).contains(tokens.get(at))) {
      String operator = tokens.get(at++);
      left = combine(operator, left, level(level + 1));
    }
    return left;
  }

  private Operand combine(String operator, Operand left, Operand right)
      throws NoAnswerException, KernelReadException {
    long a = left.value();
    long b = right.value();
    Optional<Type> target = pointed(left);
    if (target.isPresent() && (operator.equals("+") || operator.equals("-"))) {
      long size = target.get().size().orElse(1);
      long moved = operator.equals("+") ? a + b * size : a - b * size;
      return new Operand(null, moved, target.get());
    }
    boolean divides = operator.equals("/") || operator.equals("%");
    if (divides && b == 0) {
      throw NoAnswerException.usage("a division by zero");
    }
    return Operand.of(
        switch (operator) {
          case "|" -> a | b;
          case "^" -> a ^ b;
          case "&" -> a & b;
          case "==" -> a == b ? 1 : 0;
          case "!=" -> a != b ? 1 : 0;
          case "<<" -> a << b;
          case ">>" -> a >> b;
          case "+" -> a + b;
          case "-" -> a - b;
          case "*" -> a * b;
          case "/" -> a / b;
          default -> a % b;
        });
  }

  private static Optional<Type> pointed(Operand operand) {
    if (operand.pointed() != null) {
      return Optional.of(operand.pointed());
    }
    Type type = operand.object() == null ? null : operand.object().type().resolved();
    if (type instanceof Type.Pointer pointer) {
      return Optional.of(pointer.target().get());
    }
    return type instanceof Type.Array array ? Optional.of(array.element().get()) : Optional.empty();
  }

  private Operand unary() throws NoAnswerException, MissingFactException, KernelReadException {
    if (depth++ > MAX_DEPTH) {
      throw NoAnswerException.usage("too many parentheses and signs");
    }
    Operand result;
    if (takes("-")) {
      result = Operand.of(-unary().value());
    } else if (takes("+")) {
      result = unary();
    } else if (takes("~")) {
      result = Operand.of(~unary().value());
    } else if (takes("!")) {
      result = Operand.of(unary().value() == 0 ? 1 : 0);
    } else if (takes("*")) {
      result = dereference(unary());
    } else if (takes("&")) {
      result = addressOf(unary());
    } else {
      Optional<Type> cast = cast();
      result = cast.isPresent() ? converted(cast.get(), unary()) : postfix(primary());
    }
    depth--;
    return result;
  }

  private static Operand addressOf(Operand operand) throws NoAnswerException {
    KernelObject object = operand.object();
    if (object == null && operand.pointed() != null) {
      // A function, or an array of which only the elements are known: C takes them for their
      // address.
      return operand;
    } else if (object == null) {
      throw NoAnswerException.usage("a number has no address");
    }
    return new Operand(null, object.address(), object.type());
  }

  private Operand dereference(Operand operand) throws NoAnswerException, KernelReadException {
    Type target =
        pointed(operand)
            .orElseThrow(() -> NoAnswerException.usage("'*' takes a pointer, and that is none"));
    return Operand.of(memory.object(target, operand.value()));
  }

  /** A type in parentheses, in front of what is to be of that type. */
  private Optional<Type> cast() throws NoAnswerException {
    if (at >= tokens.size() || !tokens.get(at).equals("(")) {
      return Optional.empty();
    }
    int before = at++;
    Optional<Type> type = type();
    if (type.isPresent() && takes(")")) {
      return type;
    }
    at = before;
    return Optional.empty();
  }

  /** The longest row of words that names a type, and its stars. */
  private Optional<Type> type() {
    int start = at;
    int end = at;
    while (end < tokens.size() && tokens.get(end).matches("[A-Za-z_]\\w*")) {
      end++;
    }
    for (int last = end; last > start; last--) {
      String name = String.join(" ", tokens.subList(start, last)).replaceFirst("^const ", "");
      Optional<TypeRef> found = memory.types().find(name);
      if (found.isPresent()) {
        at = last;
        Type type = found.get().get();
        while (takes("*")) {
          type = pointerTo(type);
        }
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  private static Operand converted(Type type, Operand operand) throws KernelReadException {
    if (type.resolved() instanceof Type.Pointer pointer) {
      return new Operand(null, operand.value(), pointer.target().get());
    }
    return Operand.of(operand.value());
  }

  private Operand primary() throws NoAnswerException, MissingFactException, KernelReadException {
    if (at == tokens.size()) {
      throw NoAnswerException.usage("the expression ends early");
    }
    if (takes("(")) {
      Operand inner = level(0);
      require(")");
      return inner;
    }
    String token = tokens.get(at++);
    if (Character.isDigit(token.charAt(0))) {
      try {
        return Operand.of(
            token.startsWith("0x") || token.startsWith("0X")
                ? Long.parseUnsignedLong(token.substring(2), 16)
                : Long.parseUnsignedLong(token));
      } catch (NumberFormatException e) {
        throw NoAnswerException.usage("'" + token + "' has more than 64 bits");
      }
    } else if (token.equals("sizeof")) {
      return size();
    }
    return variable(token);
  }

  private Operand size() throws NoAnswerException, MissingFactException, KernelReadException {
    Optional<Type> type = cast();
    if (type.isPresent()) {
      return Operand.of(type.get().size().orElse(1));
    }
    KernelObject object = unary().object();
    return Operand.of(object == null ? Long.BYTES : object.type().size().orElse(1));
  }

  private Operand variable(String name)
      throws NoAnswerException, MissingFactException, KernelReadException {
    List<Named> named = call.symbols().named(name);
    if (named.isEmpty()) {
      throw NoAnswerException.notThere("no symbol \"" + name + "\" in the kernel");
    }
    long address = named.get(0).address();
    Optional<Type> type = Variables.typeOf(memory.types(), named.get(0).name());
    if (type.isPresent()) {
      return Operand.of(memory.object(type.get(), address));
    }
    String declared = KnownVariables.declaration(name).orElse("");
    boolean array = declared.endsWith("[]");
    Optional<Type> known = typeOf(declared.replace("[]", "").strip());
    if (known.isPresent() && array) {
      return new Operand(null, address, known.get());
    } else if (known.isPresent()) {
      return Operand.of(memory.object(known.get(), address));
    }
    // A function, or a variable of which nothing but the place is known.
    if (Character.toUpperCase(named.get(0).type()) == 'T') {
      Optional<Type.Prototype> function = memory.types().function(name, named.get(0).module());
      Type code = function.isPresent() ? function.get() : new Type.VoidType();
      return new Operand(null, address, code);
    }
    return Operand.of(memory.object("unsigned long", address));
  }

  private Optional<Type> typeOf(String declaration) {
    String plain = declaration.replace("*", "").strip();
    Optional<Type> type = plain.isEmpty() ? Optional.empty() : find(plain);
    for (int stars = declaration.length() - declaration.replace("*", "").length();
        stars > 0;
        stars--) {
      type = type.map(this::pointerTo);
    }
    return type;
  }

  private Optional<Type> find(String name) {
    return memory.types().find(name).map(TypeRef::get);
  }

  private Type pointerTo(Type target) {
    return Type.Pointer.to(target, memory.memory().wordBytes());
  }

  private Operand postfix(Operand first)
      throws NoAnswerException, MissingFactException, KernelReadException {
    Operand operand = first;
    while (at < tokens.size()) {
      if (takes(".") || takes("->")) {
        boolean arrow = tokens.get(at - 1).equals("->");
        operand = member(arrow ? dereference(operand) : operand);
      } else if (takes("[")) {
        long index = level(0).value();
        require("]");
        operand = element(operand, index);
      } else {
        break;
      }
    }
    return operand;
  }

  private Operand member(Operand operand) throws NoAnswerException, KernelReadException {
    KernelObject object = operand.object();
    // As gdb has it, a dot will do for an arrow.
    if (object != null && object.type().resolved() instanceof Type.Pointer) {
      object = dereference(operand).object();
    }
    String name = at < tokens.size() ? tokens.get(at++) : "";
    if (object == null || !(object.type().resolved() instanceof Compound)) {
      throw NoAnswerException.usage("'." + name + "' is asked of what is no structure");
    }
    if (!object.has(name)) {
      throw NoAnswerException.notThere("there is no member named " + name);
    }
    return Operand.of(object.member(name));
  }

  private Operand element(Operand operand, long index)
      throws NoAnswerException, KernelReadException {
    KernelObject object = operand.object();
    if (object != null && object.type().resolved() instanceof Type.Array) {
      return Operand.of(object.element(index));
    }
    Type target =
        pointed(operand)
            .orElseThrow(() -> NoAnswerException.usage("'[' takes an array or a pointer"));
    long size = target.size().orElse(1);
    return Operand.of(memory.object(target, operand.value() + index * size));
  }
}
