package org.vmcore.triage;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The record of one dump: texts and numbers by {@link Column}. */
public final class Entry {
  /** What {@link Column#STATUS} has. */
  public static final String CRASH = "crash";

  public static final String NONE = "none";
  public static final String FAILED = "failed";

  /** Longer texts than any reader would read: a dump decides what is in them. */
  private static final int LONGEST = 64 << 10;

  private final Map<Column, Object> values = new EnumMap<>(Column.class);

  Entry() {}

  /** Puts a text or a number; null is what is not known. */
  void put(Column column, @Nullable Object value) {
    if (value == null) {
      return;
    }
    if (value instanceof Optional<?> some) {
      put(column, some.orElse(null));
    } else if (value instanceof OptionalInt some) {
      put(column, some.isPresent() ? some.getAsInt() : null);
    } else if (value instanceof OptionalLong some) {
      put(column, some.isPresent() ? some.getAsLong() : null);
    } else if (value instanceof OptionalDouble some) {
      put(column, some.isPresent() ? some.getAsDouble() : null);
    } else if (value instanceof Number) {
      values.put(column, value);
    } else {
      String text = value.toString();
      values.put(column, text.length() > LONGEST ? text.substring(0, LONGEST) : text);
    }
  }

  /** A {@link String} or {@link Number}, as the column has it; null where it is not known. */
  public @Nullable Object get(Column column) {
    return values.get(column);
  }

  /** A text, empty where there is none. */
  String text(Column column) {
    return Objects.toString(values.get(column), "");
  }

  boolean is(String status) {
    return text(Column.STATUS).equals(status);
  }

  /** That it could not be read. */
  void fail(String reason) {
    put(Column.STATUS, FAILED);
    put(Column.REASON, reason);
  }
}
