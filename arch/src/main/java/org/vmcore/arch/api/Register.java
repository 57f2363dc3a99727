package org.vmcore.arch.api;

import org.jspecify.annotations.Nullable;

/**
 * One register of a target description (GDB manual, "Target Description Format").
 *
 * @param name as gdb spells it
 * @param bits size, a multiple of 8
 * @param type a predefined type or one of the feature's own
 * @param group {@code general}, {@code float}, {@code vector} or another; null lets gdb decide
 */
public record Register(String name, int bits, String type, @Nullable String group) {
  public Register {
    if (bits <= 0 || bits % 8 != 0) {
      throw new IllegalArgumentException(name + ": bits must be a positive multiple of 8: " + bits);
    }
  }

  public static Register general(String name, int bits, String type) {
    return new Register(name, bits, type, null);
  }

  public int bytes() {
    return bits / 8;
  }
}
