package org.vmcore.gdbstub.linux.symbols;

import java.util.Optional;

/**
 * A name of Rust as its source has it, made of the symbol's (RFC 2603, "Rust Symbol Name Mangling
 * v0", which the kernel's makefiles ask for since 6.1): {@code <T as Trait>::function}, without the
 * hashes of crates.
 */
public final class RustName {
  private static final String PREFIX = "_R";

  /** Deeper than compilers nest; a name of a dump may lead in circles. */
  private static final int MAX_DEPTH = 100;

  private static final int MAX_LENGTH = 1 << 12;

  private final String mangled;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private int depth;
  private int lifetimes;

  /** While something is read that is not shown. */
  private boolean silent;

  /** A name that is not of this kind, or of a later form of it. */
  private static final class Unknown extends Exception {
    private static final long serialVersionUID = 1L;

    Unknown() {
      super("no Rust name", null, false, false);
    }
  }

  private RustName(String mangled) {
    this.mangled = mangled;
  }

  /** Empty of one that is not mangled so. */
  public static Optional<String> of(String symbol) {
    return symbol.startsWith(PREFIX) ? new RustName(symbol.substring(2)).read() : Optional.empty();
  }

  /** What is shown of a symbol: its name in the source, of any language. */
  public static String orSame(String symbol) {
    return of(symbol).orElse(symbol);
  }

  private Optional<String> read() {
    try {
      path(true);
      if (at < mangled.length() && Character.isUpperCase(peek())) {
        // Of the crate that had the compiler make it of a generic one.
        silent = true;
        path(false);
        silent = false;
      }
      if (at < mangled.length() && peek() != '.' && peek() != '$') {
        return Optional.empty();
      }
      return Optional.of(out + mangled.substring(at));
    } catch (Unknown e) {
      return Optional.empty();
    }
  }

  private char peek() {
    return at < mangled.length() ? mangled.charAt(at) : 0;
  }

  private char next() throws Unknown {
    if (at >= mangled.length()) {
      throw new Unknown();
    }
    return mangled.charAt(at++);
  }

  private boolean eat(char letter) {
    boolean isNext = peek() == letter;
    at += isNext ? 1 : 0;
    return isNext;
  }

  private void print(String text) throws Unknown {
    if (!silent) {
      out.append(text);
    }
    if (out.length() > MAX_LENGTH) {
      throw new Unknown();
    }
  }

  private void enter() throws Unknown {
    if (++depth > MAX_DEPTH) {
      throw new Unknown();
    }
  }

  /**
   * Digits of base 62, of one less than the number, with a _ behind them. Hashes of crates, which
   * are not shown, have 64 bits: of them it is just a large number.
   */
  private int number() throws Unknown {
    if (eat('_')) {
      return 0;
    }
    long value = 0;
    do {
      char digit = next();
      int worth = Character.digit(digit, 36);
      if (worth < 0) {
        throw new Unknown();
      }
      value = value * 62 + (Character.isUpperCase(digit) ? worth + 26 : worth);
      value = Math.min(value, Integer.MAX_VALUE - 2);
    } while (!eat('_'));
    return (int) value + 1;
  }

  /** Tells apart what has one name; 0 where it is not there. */
  private int disambiguator() throws Unknown {
    return eat('s') ? number() + 1 : 0;
  }

  private String identifier() throws Unknown {
    if (eat('u')) {
      // Punycode: no name of the kernel's.
      throw new Unknown();
    }
    int length = next() - '0';
    if (length < 0 || length > 9) {
      throw new Unknown();
    }
    while (length != 0 && Character.isDigit(peek()) && length < MAX_LENGTH) {
      length = length * 10 + (next() - '0');
    }
    eat('_');
    if (length > mangled.length() - at) {
      throw new Unknown();
    }
    at += length;
    return mangled.substring(at - length, at);
  }

  /** What reads a part of a name. */
  @FunctionalInterface
  private interface Reader {
    void read() throws Unknown;
  }

  /** What stands at an earlier place. */
  private void backwards(Reader reader) throws Unknown {
    int start = at - 1;
    int target = number();
    if (target >= start) {
      throw new Unknown();
    }
    if (!silent) {
      int here = at;
      at = target;
      reader.read();
      at = here;
    }
  }

  /**
   * @param isValue whether it is a function or the like, whose arguments stand behind {@code ::}
   */
  private void path(boolean isValue) throws Unknown {
    enter();
    char tag = next();
    switch (tag) {
      case 'C' -> {
        disambiguator();
        print(identifier());
      }
      case 'N' -> nested(isValue);
      case 'M', 'X', 'Y' -> implementation(tag);
      case 'I' -> {
        path(isValue);
        print(isValue ? "::<" : "<");
        arguments();
        print(">");
      }
      case 'B' -> backwards(() -> path(isValue));
      default -> throw new Unknown();
    }
    depth--;
  }

  private void nested(boolean isValue) throws Unknown {
    char space = next();
    path(isValue);
    int which = disambiguator();
    String name = identifier();
    if (Character.isUpperCase(space)) {
      String what = space == 'C' ? "closure" : space == 'S' ? "shim" : String.valueOf(space);
      print("::{" + what + (name.isEmpty() ? "" : ":" + name) + "#" + which + "}");
    } else if (Character.isLowerCase(space)) {
      print(name.isEmpty() ? "" : "::" + name);
    } else {
      throw new Unknown();
    }
  }

  private void implementation(char tag) throws Unknown {
    if (tag != 'Y') {
      disambiguator();
      boolean outer = silent;
      silent = true;
      path(false);
      silent = outer;
    }
    print("<");
    type();
    if (tag != 'M') {
      print(" as ");
      path(false);
    }
    print(">");
  }

  private void arguments() throws Unknown {
    list(", ", this::argument);
  }

  /** Up to an E; how many there are. */
  private int list(String separator, Reader reader) throws Unknown {
    int count = 0;
    while (!eat('E')) {
      print(count++ == 0 ? "" : separator);
      reader.read();
    }
    return count;
  }

  private void argument() throws Unknown {
    if (eat('L')) {
      lifetime(number());
    } else if (eat('K')) {
      constant();
    } else {
      type();
    }
  }

  private void lifetime(int index) throws Unknown {
    int from = lifetimes - index;
    if (index != 0 && from < 0) {
      throw new Unknown();
    }
    print("'" + (index == 0 ? "_" : from < 26 ? String.valueOf((char) ('a' + from)) : "_" + from));
  }

  /** What may have lifetimes of its own. */
  private void bound(Reader reader) throws Unknown {
    int outer = lifetimes;
    if (eat('G')) {
      int count = number() + 1;
      if (count > MAX_DEPTH) {
        throw new Unknown();
      }
      print("for<");
      for (int i = 0; i < count; i++) {
        print(i == 0 ? "" : ", ");
        lifetimes++;
        lifetime(1);
      }
      print("> ");
    }
    reader.read();
    lifetimes = outer;
  }

  private void type() throws Unknown {
    enter();
    char tag = next();
    String basic = basic(tag);
    if (!basic.isEmpty()) {
      print(basic);
    } else {
      composed(tag);
    }
    depth--;
  }

  private static String basic(char tag) {
    return switch (tag) {
      case 'a' -> "i8";
      case 'b' -> "bool";
      case 'c' -> "char";
      case 'd' -> "f64";
      case 'e' -> "str";
      case 'f' -> "f32";
      case 'h' -> "u8";
      case 'i' -> "isize";
      case 'j' -> "usize";
      case 'l' -> "i32";
      case 'm' -> "u32";
      case 'n' -> "i128";
      case 'o' -> "u128";
      case 'p' -> "_";
      case 's' -> "i16";
      case 't' -> "u16";
      case 'u' -> "()";
      case 'v' -> "...";
      case 'x' -> "i64";
      case 'y' -> "u64";
      case 'z' -> "!";
      default -> "";
    };
  }

  private void composed(char tag) throws Unknown {
    switch (tag) {
      case 'R', 'Q' -> {
        print("&");
        int index = eat('L') ? number() : 0;
        if (index != 0) {
          lifetime(index);
          print(" ");
        }
        print(tag == 'Q' ? "mut " : "");
        type();
      }
      case 'P', 'O' -> {
        print(tag == 'P' ? "*const " : "*mut ");
        type();
      }
      case 'A', 'S' -> {
        print("[");
        type();
        if (tag == 'A') {
          print("; ");
          constant();
        }
        print("]");
      }
      case 'T' -> {
        print("(");
        int count = list(", ", this::type);
        print(count == 1 ? ",)" : ")");
      }
      case 'F' -> bound(this::function);
      case 'D' -> {
        print("dyn ");
        bound(() -> list(" + ", this::trait));
        if (!eat('L')) {
          throw new Unknown();
        }
        int index = number();
        if (index != 0) {
          print(" + ");
          lifetime(index);
        }
      }
      case 'B' -> backwards(this::type);
      default -> {
        at--;
        path(false);
      }
    }
  }

  private void function() throws Unknown {
    print(eat('U') ? "unsafe " : "");
    if (eat('K')) {
      print("extern \"" + (eat('C') ? "C" : identifier().replace('_', '-')) + "\" ");
    }
    print("fn(");
    list(", ", this::type);
    print(")");
    if (!eat('u')) {
      print(" -> ");
      type();
    }
  }

  /** With what its types are, behind its arguments. */
  private void trait() throws Unknown {
    boolean isOpen = openPath();
    while (eat('p')) {
      print((isOpen ? ", " : "<") + identifier() + " = ");
      isOpen = true;
      type();
    }
    print(isOpen ? ">" : "");
  }

  /** Leaves its arguments open, if it has some, which it tells. */
  private boolean openPath() throws Unknown {
    if (eat('B')) {
      boolean[] isOpen = new boolean[1];
      backwards(() -> isOpen[0] = openPath());
      return isOpen[0];
    }
    if (!eat('I')) {
      path(false);
      return false;
    }
    path(false);
    print("<");
    arguments();
    return true;
  }

  private void constant() throws Unknown {
    enter();
    char tag = next();
    switch (tag) {
      case 'p' -> print("_");
      case 'B' -> backwards(this::constant);
      case 'a', 's', 'l', 'x', 'n', 'i', 'h', 't', 'm', 'y', 'o', 'j', 'b', 'c' -> value(tag);
      default -> throw new Unknown();
    }
    depth--;
  }

  private void value(char tag) throws Unknown {
    boolean isNegative = eat('n');
    int start = at;
    while (next() != '_') {
      if (Character.digit(mangled.charAt(at - 1), 16) < 0) {
        throw new Unknown();
      }
    }
    String digits = mangled.substring(start, at - 1);
    if (digits.length() > 15) {
      print("0x" + digits);
      return;
    }
    long value = digits.isEmpty() ? 0 : Long.parseLong(digits, 16);
    switch (tag) {
      case 'b' -> print(value == 0 ? "false" : "true");
      case 'c' -> print(value > ' ' && value < 0x7f ? "'" + (char) value + "'" : "'?'");
      default -> print((isNegative ? "-" : "") + value);
    }
  }
}
