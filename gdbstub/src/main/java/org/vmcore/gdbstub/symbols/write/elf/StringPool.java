package org.vmcore.gdbstub.symbols.write.elf;

import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/** A table of NUL-terminated strings, each once; the empty one is first. */
public final class StringPool {
  private final Bytes bytes = new Bytes(ByteOrder.LITTLE_ENDIAN).u1(0);
  private final Map<String, Integer> offsets = new HashMap<>();

  /** Where in the table a string is. */
  public int offset(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    Integer known = offsets.get(text);
    if (known == null) {
      known = bytes.size();
      offsets.put(text, known);
      bytes.text(text);
    }
    return known;
  }

  public byte[] toArray() {
    return bytes.toArray();
  }
}
