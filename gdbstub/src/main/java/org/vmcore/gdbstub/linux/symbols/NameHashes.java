package org.vmcore.gdbstub.linux.symbols;

/**
 * Hashes of plain names, put together from those of the tokens that a name in kallsyms is of: so
 * nearly no name has to be expanded for its hash. That of text is 31 times the hash of all but its
 * last byte, plus that byte; of no text it is 1.
 */
final class NameHashes {
  private static final int FACTOR = 31;

  /** Of the text of each token, counted from 0. */
  private final int[] whole = new int[KallsymsTokens.COUNT];

  /** {@link #FACTOR} to the power of a token's length. */
  private final int[] powers = new int[KallsymsTokens.COUNT];

  /** The hash of a name that begins with a token, behind the type. */
  private final int[] starts = new int[KallsymsTokens.COUNT];

  private final boolean[] isTypeAlone = new boolean[KallsymsTokens.COUNT];
  private final boolean[] isSpecial = new boolean[KallsymsTokens.COUNT];

  NameHashes(KallsymsTokens tokens) {
    for (int i = 0; i < KallsymsTokens.COUNT; i++) {
      byte[] text = tokens.text((byte) i);
      powers[i] = power(text.length);
      whole[i] = fold(0, text, 0, text.length);
      starts[i] = text.length == 0 ? 1 : of(text, 1, text.length - 1);
      isTypeAlone[i] = text.length == 1;
      isSpecial[i] = text.length == 0;
      for (byte letter : text) {
        isSpecial[i] |= letter == '.' || letter == '$';
      }
    }
  }

  private static int power(int exponent) {
    int power = 1;
    for (int i = 0; i < exponent; i++) {
      power *= FACTOR;
    }
    return power;
  }

  private static int fold(int start, byte[] text, int from, int to) {
    int hash = start;
    for (int i = from; i < to; i++) {
      hash = FACTOR * hash + text[i];
    }
    return hash;
  }

  /** That of text. */
  static int of(byte[] text, int start, int length) {
    return fold(1, text, start, start + length);
  }

  /**
   * Whether a name has to be expanded, as it may not be plain ({@link PlainNames}).
   *
   * @param tokens holds its tokens, the first of which starts with the type
   */
  boolean needText(byte[] tokens, int start, int end) {
    for (int i = start; i < end; i++) {
      if (isSpecial[tokens[i] & 0xff]) {
        return true;
      }
    }
    return false;
  }

  /** Whether there is no name behind the type; of a name of which {@link #needText} is not true. */
  boolean isEmpty(byte[] tokens, int start, int end) {
    return start == end || (end - start == 1 && isTypeAlone[tokens[start] & 0xff]);
  }

  /** That of a name of which neither {@link #needText} nor {@link #isEmpty} is true. */
  int ofTokens(byte[] tokens, int start, int end) {
    int hash = starts[tokens[start] & 0xff];
    for (int i = start + 1; i < end; i++) {
      int token = tokens[i] & 0xff;
      hash = hash * powers[token] + whole[token];
    }
    return hash;
  }
}
