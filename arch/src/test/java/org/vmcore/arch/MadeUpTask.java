package org.vmcore.arch;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.vmcore.arch.api.SwitchedOutTask;

/** A task of names and numbers. */
public final class MadeUpTask implements SwitchedOutTask {
  private final Map<String, Long> members = new HashMap<>();
  private final Map<Long, Long> words = new HashMap<>();
  private final Map<String, Long> symbols = new HashMap<>();
  private final Map<String, Long> offsets = new HashMap<>();
  private final Map<String, Long> sizes = new HashMap<>();
  private final Map<Long, byte[]> code = new HashMap<>();

  /** Values one after the other in memory. */
  public MadeUpTask words(long address, int bytes, long... values) {
    for (int i = 0; i < values.length; i++) {
      words.put(address + (long) i * bytes, values[i]);
    }
    return this;
  }

  /** A member of its {@code struct task_struct}. */
  public MadeUpTask member(String path, long value) {
    members.put(path, value);
    return this;
  }

  /** A symbol of its kernel. */
  public MadeUpTask symbol(String name, long address) {
    symbols.put(name, address);
    return this;
  }

  /** Where a member is, written as {@code struct pt_regs.ip}. */
  public MadeUpTask offset(String member, long bytes) {
    offsets.put(member, bytes);
    return this;
  }

  /** How large a struct is, written as {@code struct pt_regs}. */
  public MadeUpTask size(String struct, long bytes) {
    sizes.put(struct, bytes);
    return this;
  }

  /** Instructions. */
  public MadeUpTask code(long address, byte[] bytes) {
    code.put(address, bytes);
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
  public byte[] bytes(long virtualAddress, int length) {
    byte[] found = code.getOrDefault(virtualAddress, new byte[0]);
    return Arrays.copyOf(found, Math.min(found.length, length));
  }

  @Override
  public OptionalLong symbol(String name) {
    return of(symbols, name);
  }
}
