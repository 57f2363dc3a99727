package org.vmcore.gdbstub.linux.symbols;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Symbols by the hash of their names: each in the first free place from there on, so that the first
 * of a name is met first.
 */
final class KallsymsIndex {
  private final Kallsyms table;

  /** A symbol's number plus one, or 0. */
  private final int[] places;

  KallsymsIndex(Kallsyms table) {
    this.table = table;
    this.places = new int[Integer.highestOneBit(table.count() | 1) * 4];
    byte[] text = new byte[KallsymsTokens.MAX_LENGTH];
    for (int i = 0; i < table.count(); i++) {
      int length = Math.min(table.expand(i, text), text.length);
      if (length > 1) {
        int plain = PlainNames.length(text, 1, length - 1);
        int slot = hash(text, 1, plain) & places.length - 1;
        while (places[slot] != 0) {
          slot = slot + 1 & places.length - 1;
        }
        places[slot] = i + 1;
      }
    }
  }

  /** The addresses of those names that there are. */
  Map<String, Long> find(Set<String> wanted) {
    Map<String, Long> found = new HashMap<>();
    byte[] text = new byte[KallsymsTokens.MAX_LENGTH];
    for (String name : wanted) {
      byte[] bytes = PlainNames.of(name).getBytes(ISO_8859_1);
      int slot = hash(bytes, 0, bytes.length) & places.length - 1;
      for (; places[slot] != 0; slot = slot + 1 & places.length - 1) {
        int length = Math.min(table.expand(places[slot] - 1, text), text.length);
        int end = 1 + PlainNames.length(text, 1, length - 1);
        if (Arrays.equals(text, 1, end, bytes, 0, bytes.length)) {
          found.put(name, table.address(places[slot] - 1));
          break;
        }
      }
    }
    return found;
  }

  private static int hash(byte[] text, int start, int length) {
    int hash = 1;
    for (int i = start; i < start + length; i++) {
      hash = 31 * hash + text[i];
    }
    // The low bits choose the place, and names often differ in their last letters alone.
    return (hash * 0x9e3779b1) >>> 7;
  }
}
