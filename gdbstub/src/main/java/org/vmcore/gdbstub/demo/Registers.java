package org.vmcore.gdbstub.demo;

import java.util.LinkedHashMap;
import java.util.Map;

/** Values of registers by gdb's names; 0 until set. */
final class Registers {
  private final Map<String, Long> values = new LinkedHashMap<>();

  Registers set(String name, long value) {
    values.put(name, value);
    return this;
  }

  long get(String name) {
    return values.getOrDefault(name, 0L);
  }

  Registers copy() {
    Registers copy = new Registers();
    copy.values.putAll(values);
    return copy;
  }

  /** Those that were set. */
  Map<String, Long> asMap() {
    return Map.copyOf(values);
  }
}
