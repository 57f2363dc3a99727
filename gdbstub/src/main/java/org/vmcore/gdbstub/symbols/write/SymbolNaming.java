package org.vmcore.gdbstub.symbols.write;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;

/** What names of symbols tell. */
final class SymbolNaming {
  /** What compilers add to the name of a copy of a function, or of what is left of it. */
  private static final byte[][] CLONES = all("isra", "constprop", "part", "llvm", "lto_priv");

  private static final byte[][] MARK_STARTS =
      all("start_", "stop_", "begin_", "end_", "init_", "nosave_", "bss_");

  private static final byte[][] MARK_ENDS = all("_start", "_end", "_begin", "_stop");

  private static final byte[][] MARKS = all("text", "data", "rodata", "end", "start", "brk");

  private static final byte[][] INIT_MARKS = all("inittext", "initdata");

  private SymbolNaming() {}

  private static byte[][] all(String... texts) {
    return Arrays.stream(texts).map(text -> text.getBytes(ISO_8859_1)).toArray(byte[][]::new);
  }

  /**
   * Whether a label marks where something starts or ends, such as {@code __entry_text_end}, {@code
   * _etext} and {@code __start_rodata}.
   */
  static boolean isMark(byte[] text, int start, int length) {
    if (length < 2 || text[start] != '_') {
      return false;
    }
    int end = start + length;
    if (text[start + 1] == '_') {
      for (byte[] mark : MARK_STARTS) {
        if (has(text, start + 2, end, mark)) {
          return true;
        }
      }
      for (byte[] mark : MARK_ENDS) {
        if (end - mark.length >= start + 2 && has(text, end - mark.length, end, mark)) {
          return true;
        }
      }
      return false;
    }
    boolean bounded = text[start + 1] == 's' || text[start + 1] == 'e';
    return isOne(text, start + 1, end, MARKS)
        || (bounded && isOne(text, start + 2, end, MARKS))
        || (bounded && isOne(text, start + 2, end, INIT_MARKS));
  }

  private static boolean isOne(byte[] text, int start, int end, byte[][] names) {
    for (byte[] name : names) {
      if (end - start == name.length && has(text, start, end, name)) {
        return true;
      }
    }
    return false;
  }

  /** Whether some text is at a place. */
  private static boolean has(byte[] text, int at, int end, byte[] wanted) {
    if (end - at < wanted.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (text[at + i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  /** How much of a name is what the source calls the function: without {@code .isra.0} and such. */
  static int sourceLength(byte[] text, int start, int length) {
    int end = start + length;
    while (true) {
      int digits = lastDot(text, start, end);
      int word = digits < 0 ? -1 : lastDot(text, start, digits);
      if (word < 0 || digits + 1 == end || !isClone(text, word + 1, digits)) {
        return end - start;
      }
      end = word;
    }
  }

  private static int lastDot(byte[] text, int start, int end) {
    for (int i = end - 1; i > start; i--) {
      if (text[i] == '.') {
        return i;
      }
    }
    return -1;
  }

  private static boolean isClone(byte[] text, int from, int to) {
    return isOne(text, from, to, CLONES);
  }
}
