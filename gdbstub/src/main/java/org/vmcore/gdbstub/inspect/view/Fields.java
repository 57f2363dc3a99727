package org.vmcore.gdbstub.inspect.view;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The components of records as scripts see them: by their names in snake case, without those that
 * are empty.
 */
public final class Fields {
  private Fields() {}

  /** {@code kernelThread} is {@code kernel_thread}. */
  public static String key(String component) {
    return component.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }

  /**
   * A component of a record.
   *
   * @param accessor open also where the record is of a package's own
   */
  private record Component(String key, boolean hex, Method accessor) {
    static Component of(RecordComponent component) {
      Method accessor = component.getAccessor();
      accessor.setAccessible(true);
      return new Component(
          Fields.key(component.getName()), component.isAnnotationPresent(Hex.class), accessor);
    }

    Object value(Record record) {
      try {
        return accessor.invoke(record);
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException(accessor.toString(), e);
      }
    }
  }

  /** Long answers have thousands of records of a few types. */
  private static final ClassValue<List<Component>> COMPONENTS =
      new ClassValue<>() {
        @Override
        protected List<Component> computeValue(Class<?> type) {
          return Arrays.stream(type.getRecordComponents()).map(Component::of).toList();
        }
      };

  /** The components of one record; their values are not looked into. */
  static Map<String, Object> of(Record record) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (Component component : COMPONENTS.get(record.getClass())) {
      Object value = present(component.value(record));
      if (value != null) {
        fields.put(component.key(), component.hex() ? hexadecimal(value) : value);
      }
    }
    return fields;
  }

  private static @org.jspecify.annotations.Nullable Object present(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.orElse(null);
    } else if (value instanceof OptionalInt optional) {
      return optional.isPresent() ? optional.getAsInt() : null;
    } else if (value instanceof OptionalLong optional) {
      return optional.isPresent() ? optional.getAsLong() : null;
    } else if (value instanceof OptionalDouble optional) {
      return optional.isPresent() ? optional.getAsDouble() : null;
    }
    return value;
  }

  private static Object hexadecimal(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> digits = new LinkedHashMap<>();
      map.forEach((key, number) -> digits.put(key, hexadecimal(number)));
      return digits;
    } else if (value instanceof Iterable<?> all) {
      List<Object> digits = new ArrayList<>();
      all.forEach(number -> digits.add(hexadecimal(number)));
      return digits;
    }
    return hex(value instanceof Integer number ? number & 0xffff_ffffL : (Long) value);
  }

  /** {@code 0x1f}: an address, or bits. */
  public static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  /** A value as maps, lists, strings, numbers and booleans. */
  public static Object tree(Object value) {
    if (value instanceof Record record) {
      return tree(of(record));
    } else if (value instanceof Map<?, ?> map) {
      Map<String, Object> tree = new LinkedHashMap<>();
      map.forEach((key, one) -> tree.put(scalar(key).toString(), tree(one)));
      return tree;
    } else if (value instanceof Iterable<?> all) {
      List<Object> tree = new ArrayList<>();
      all.forEach(one -> tree.add(tree(one)));
      return tree;
    }
    return scalar(value);
  }

  /** A value that is no record, map or list. */
  static Object scalar(Object value) {
    if (value instanceof Enum<?> constant) {
      return constant.name().toLowerCase(Locale.ROOT);
    }
    return value instanceof Number || value instanceof Boolean ? value : value.toString();
  }
}
