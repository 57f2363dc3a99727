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
    table.forEachHash(
        (symbol, hash) -> {
          int slot = slot(hash);
          while (places[slot] != 0) {
            slot = slot + 1 & places.length - 1;
          }
          places[slot] = symbol + 1;
        });
  }

  /** The addresses of those names that there are. */
  Map<String, Long> find(Set<String> wanted) {
    Map<String, Long> found = new HashMap<>();
    byte[] text = new byte[KallsymsTokens.MAX_LENGTH];
    for (String name : wanted) {
      byte[] bytes = PlainNames.of(name).getBytes(ISO_8859_1);
      int slot = slot(NameHashes.of(bytes, 0, bytes.length));
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

  /** The low bits choose the place, and names often differ in their last letters alone. */
  private int slot(int hash) {
    return ((hash * 0x9e3779b1) >>> 7) & (places.length - 1);
  }
}
