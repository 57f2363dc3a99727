package org.vmcore.arch;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.arch.api.SwitchedOutTask;

/** A task of names and numbers. */
final class MadeUpTask implements SwitchedOutTask {
  final Map<String, Long> members = new HashMap<>();
  final Map<Long, Long> words = new HashMap<>();
  final Map<String, Long> symbols = new HashMap<>();
  final Map<String, Long> offsets = new HashMap<>();
  final Map<String, Long> sizes = new HashMap<>();

  /** Values one after the other in memory. */
  MadeUpTask words(long address, int bytes, long... values) {
    for (int i = 0; i < values.length; i++) {
      words.put(address + (long) i * bytes, values[i]);
    }
    return this;
  }

  MadeUpTask member(String path, long value) {
    members.put(path, value);
    return this;
  }

  private static OptionalLong of(Map<?, Long> values, Object key) {
    Long value = values.get(key);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  @Override
  public OptionalLong member(String path) {
    return of(members, path);
  }

  @Override
  public OptionalLong offset(String struct, String member) {
    return of(offsets, struct + "." + member);
  }

  @Override
  public OptionalLong size(String struct) {
    return of(sizes, struct);
  }

  @Override
  public OptionalLong word(long virtualAddress) {
    return of(words, virtualAddress);
  }

  @Override
  public OptionalLong symbol(String name) {
    return of(symbols, name);
  }
}
