package org.vmcore.gdbstub.inspect.query;

import java.util.List;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;

/** A place in memory as people name it: an address, a symbol, or one with a distance from it. */
public final class Place {
  private Place() {}

  /**
   * What a word means: a symbol if there is one of that name, else a hexadecimal number; and behind
   * a plus or minus a distance in decimal, or hexadecimal with 0x; all that in parentheses, too.
   *
   * @throws NoAnswerException when it is neither
   */
  public static long parse(SymbolNames symbols, String word) throws NoAnswerException {
    if (word.startsWith("(") && word.endsWith(")")) {
      return parse(symbols, word.substring(1, word.length() - 1).replace(" ", ""));
    }
    List<SymbolNames.Named> named = symbols.named(word);
    if (!named.isEmpty()) {
      return named.get(0).address();
    }
    int sign = Math.max(word.lastIndexOf('+'), word.lastIndexOf('-'));
    if (sign > 0) {
      long distance = number(word.substring(sign + 1));
      long base = parse(symbols, word.substring(0, sign));
      return word.charAt(sign) == '+' ? base + distance : base - distance;
    }
    if (!word.matches("(0[xX])?[0-9a-fA-F]{1,16}")) {
      throw word.matches("[A-Za-z_][\\w.]*")
          ? NoAnswerException.notThere("symbol not found: " + word)
          : NoAnswerException.usage("'" + word + "' is neither an address nor a symbol");
    }
    return HexAddress.parse(word);
  }

  /**
   * A count: decimal, hexadecimal with 0x.
   *
   * @throws NoAnswerException when it is none
   */
  public static long number(String word) throws NoAnswerException {
    try {
      return word.startsWith("0x") || word.startsWith("0X")
          ? Long.parseUnsignedLong(word.substring(2), 16)
          : Long.parseUnsignedLong(word);
    } catch (NumberFormatException e) {
      throw NoAnswerException.usage("'" + word + "' is not a number");
    }
  }
}
