package org.vmcore.arch.api;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What the dump knows of one CPU's registers. A register it does not know has no value. */
public final class RegisterValues {
  private final RegisterSet set;
  private final ByteOrder order;
  private final byte[] @Nullable [] values;

  private RegisterValues(RegisterSet set, ByteOrder order, byte[] @Nullable [] values) {
    this.set = set;
    this.order = order;
    this.values = values;
  }

  public RegisterSet set() {
    return set;
  }

  /**
   * The register's bytes in the target's byte order, or null when the dump does not have it.
   * Callers must not change them.
   *
   * @param number a register number of {@link #set()}
   */
  public byte @Nullable [] bytes(int number) {
    return values[number];
  }

  /** The value of a register of up to 64 bits, zero-extended. */
  public OptionalLong value(String name) {
    byte[] bytes = values[set.number(name)];
    if (bytes == null || bytes.length > Long.BYTES) {
      return OptionalLong.empty();
    }
    long value = 0;
    for (int i = 0; i < bytes.length; i++) {
      int at = order == ByteOrder.BIG_ENDIAN ? i : bytes.length - 1 - i;
      value = (value << 8) | (bytes[at] & 0xff);
    }
    return OptionalLong.of(value);
  }

  /** The same values of those registers that another set has, too. */
  public RegisterValues in(RegisterSet other) {
    Builder builder = new Builder(other, order);
    for (int i = 0; i < values.length; i++) {
      String name = set.registers().get(i).name();
      byte[] value = values[i];
      if (value != null && other.has(name)) {
        builder.set(name, value);
      }
    }
    return builder.build();
  }

  /** The same values, to be completed. */
  public Builder toBuilder() {
    Builder builder = new Builder(set, order);
    System.arraycopy(values, 0, builder.values, 0, values.length);
    return builder;
  }

  public static Builder builder(RegisterSet set, ByteOrder order) {
    return new Builder(set, order);
  }

  /** Collects values; what is not set stays unavailable. */
  public static final class Builder {
    private final RegisterSet set;
    private final ByteOrder order;
    private final byte[] @Nullable [] values;

    private Builder(RegisterSet set, ByteOrder order) {
      this.set = set;
      this.order = order;
      this.values = new byte[set.registers().size()][];
    }

    /** Sets a register of up to 64 bits to the low bits of {@code value}. */
    public Builder set(String name, long value) {
      int number = set.number(name);
      int bytes = set.registers().get(number).bytes();
      if (bytes > Long.BYTES) {
        throw new IllegalArgumentException(name + " is wider than 64 bits");
      }
      byte[] all = ByteBuffer.allocate(Long.BYTES).order(order).putLong(value).array();
      byte[] low = new byte[bytes];
      int from = order == ByteOrder.BIG_ENDIAN ? Long.BYTES - bytes : 0;
      System.arraycopy(all, from, low, 0, bytes);
      values[number] = low;
      return this;
    }

    /** Sets a register of any size from bytes in the target's order. */
    public Builder set(String name, byte[] bytes) {
      int number = set.number(name);
      if (bytes.length != set.registers().get(number).bytes()) {
        throw new IllegalArgumentException(name + ": wrong size " + bytes.length);
      }
      values[number] = bytes.clone();
      return this;
    }

    public RegisterValues build() {
      return new RegisterValues(set, order, values.clone());
    }
  }
}
