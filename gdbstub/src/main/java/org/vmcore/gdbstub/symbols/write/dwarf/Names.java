package org.vmcore.gdbstub.symbols.write.dwarf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.vmcore.gdbstub.symbols.write.elf.Bytes;

/**
 * The section {@code .debug_str}: whole tables of NUL-terminated texts as they are, so that a place
 * in such a table is a place here, and single texts behind them. Text that is empty is at 0.
 */
final class Names {
  private final Bytes bytes = new Bytes(ByteOrder.LITTLE_ENDIAN, 1 << 12);
  private final int start;
  private final IdentityHashMap<Object, Integer> tables = new IdentityHashMap<>();
  private final Map<String, Integer> texts = new HashMap<>();

  /**
   * @param start what is in the section before
   */
  Names(int start) {
    this.start = start;
  }

  /** Where in the section the next text goes. */
  private int end() {
    return start + bytes.size();
  }

  /** The empty text at 0, which a table that comes first has itself. */
  private void begin() {
    if (end() == 0) {
      bytes.u1(0);
    }
  }

  /** That a table is in what comes before, from its start on. */
  void isAtStart(Object table) {
    tables.put(table, 0);
  }

  /** Where a table is, whose first text is the empty one. */
  int table(Object table, byte[] from, int at, int length) {
    Integer known = tables.get(table);
    if (known == null) {
      known = end();
      bytes.bytes(from, at, length);
      tables.put(table, known);
    }
    return known;
  }

  int text(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    begin();
    Integer known = texts.get(text);
    if (known == null) {
      known = end();
      texts.put(text, known);
      bytes.bytes(text.getBytes(ISO_8859_1)).u1(0);
    }
    return known;
  }

  /** A text that is most likely not there yet. */
  int text(byte[] from, int at, int length) {
    begin();
    int place = end();
    bytes.bytes(from, at, length).u1(0);
    return place;
  }

  byte[] toArray() {
    begin();
    return bytes.toArray();
  }
}
