package org.vmcore.gdbstub.linux.symbols;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/**
 * The names of functions and variables as they are written in the kernel's source. clang's
 * link-time optimisation adds to those of static ones what tells them apart: {@code .llvm.} and a
 * number, or with the CFI of its older versions {@code $} and a hash. The kernel itself prints
 * names without (Linux kernel/kallsyms.c, cleanup_symbol_name: commit 8b8e6b5d3b01, "kallsyms:
 * strip ThinLTO hashes from static functions").
 */
final class PlainNames {
  private static final byte[] LLVM = ".llvm.".getBytes(ISO_8859_1);

  /** Digits of a hash: arm's mapping symbols have a {@code $} too, and one letter. */
  private static final int MIN_HASH = 16;

  private PlainNames() {}

  static String of(String name) {
    byte[] text = name.getBytes(ISO_8859_1);
    int length = length(text, 0, text.length);
    return length == text.length ? name : name.substring(0, length);
  }

  /** How many bytes of a name remain, in ISO-8859-1. */
  static int length(byte[] text, int start, int length) {
    int at = start + length;
    boolean decimal = true;
    while (at > start && isHexadecimal(text[at - 1])) {
      decimal &= text[at - 1] <= '9';
      at--;
    }
    int digits = start + length - at;
    if (digits >= MIN_HASH && at - 1 > start && text[at - 1] == '$') {
      return at - 1 - start;
    }
    int suffix = at - LLVM.length;
    return digits > 0 && decimal && suffix > start && isLlvm(text, suffix)
        ? suffix - start
        : length;
  }

  private static boolean isLlvm(byte[] text, int at) {
    for (int i = 0; i < LLVM.length; i++) {
      if (text[at + i] != LLVM[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isHexadecimal(byte letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
  }
}
