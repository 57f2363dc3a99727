package org.vmcore.gdbstub.app;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.time.Instant;
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
import java.util.TreeMap;
import org.vmcore.gdbstub.inspect.view.Fields;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.inspect.view.Json;

/**
 * The JSON Schema (draft 2020-12) of an answer, made from the types of its records as {@link Json}
 * writes them.
 */
final class JsonSchema {
  private static final List<Type> INTEGERS =
      List.of(int.class, long.class, Integer.class, Long.class, BigInteger.class);
  private static final List<Type> OPTIONALS =
      List.of(OptionalInt.class, OptionalLong.class, OptionalDouble.class);
  private static final List<Type> TEXTS = List.of(String.class, char.class, Character.class);

  /** Schemas of the records within it, by their names. */
  private final Map<String, Object> definitions = new TreeMap<>();

  private final Map<String, Class<?>> named = new LinkedHashMap<>();

  private JsonSchema() {}

  /**
   * The schema of a document.
   *
   * @param name what is asked for
   * @param answer a record, or a sealed interface of such
   * @param notes whether it ends with why it is not all
   */
  static String of(String name, int version, String summary, Class<?> answer, boolean notes) {
    JsonSchema schema = new JsonSchema();
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    root.put("$id", "urn:vmcore-gdbserver:schema:%s:%d".formatted(name, version));
    root.put("title", name);
    root.put("description", summary);
    List<Object> forms = new ArrayList<>();
    for (Class<?> form : forms(answer)) {
      Map<String, Object> properties = new LinkedHashMap<>();
      properties.put("query", Map.of("const", name));
      properties.put("version", Map.of("const", version));
      List<String> required = new ArrayList<>(properties.keySet());
      schema.components(form, properties, required);
      if (notes) {
        properties.put("incomplete", array(Map.of("type", "string")));
        required.add("incomplete");
      }
      forms.add(object(properties, required));
    }
    if (forms.size() == 1) {
      ((Map<?, ?>) forms.get(0)).forEach((key, value) -> root.put((String) key, value));
    } else {
      root.put("oneOf", forms);
    }
    if (!schema.definitions.isEmpty()) {
      root.put("$defs", schema.definitions);
    }
    return Json.of(root);
  }

  private static List<Class<?>> forms(Class<?> answer) {
    return answer.isSealed() ? Arrays.asList(answer.getPermittedSubclasses()) : List.of(answer);
  }

  private static Map<String, Object> object(Map<String, Object> properties, List<String> required) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("type", "object");
    object.put("properties", properties);
    object.put("required", required);
    object.put("additionalProperties", false);
    return object;
  }

  private static Map<String, Object> array(Object items) {
    Map<String, Object> array = new LinkedHashMap<>();
    array.put("type", "array");
    array.put("items", items);
    return array;
  }

  private void components(Class<?> record, Map<String, Object> properties, List<String> required) {
    for (RecordComponent component : record.getRecordComponents()) {
      Type type = component.getGenericType();
      boolean optional = OPTIONALS.contains(type);
      if (raw(type) == Optional.class) {
        optional = true;
        type = argument(type, 0);
      }
      String key = Fields.key(component.getName());
      Object other = properties.put(key, of(type, component.isAnnotationPresent(Hex.class)));
      if (other != null) {
        throw new IllegalStateException(component + ": there is another " + key);
      }
      if (!optional) {
        required.add(key);
      }
    }
  }

  private static Class<?> raw(Type type) {
    return (Class<?>) (type instanceof ParameterizedType of ? of.getRawType() : type);
  }

  private static Type argument(Type type, int number) {
    return ((ParameterizedType) type).getActualTypeArguments()[number];
  }

  private Object of(Type type, boolean hex) {
    Class<?> raw = raw(type);
    if (INTEGERS.contains(type) || type == OptionalInt.class || type == OptionalLong.class) {
      return hex
          ? ordered("type", "string", "pattern", "^0x[0-9a-f]{1,16}$")
          : Map.of("type", "integer");
    } else if (type == double.class || type == Double.class || type == OptionalDouble.class) {
      return Map.of("type", "number");
    } else if (type == boolean.class || type == Boolean.class) {
      return Map.of("type", "boolean");
    } else if (TEXTS.contains(type)) {
      return Map.of("type", "string");
    } else if (type == Instant.class) {
      return ordered("type", "string", "format", "date-time");
    } else if (raw.isEnum()) {
      return Map.of("enum", constants(raw));
    } else if (raw.isRecord()) {
      return reference(raw);
    } else if (Map.class.isAssignableFrom(raw)) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("type", "object");
      if (raw(argument(type, 0)).isEnum()) {
        map.put("propertyNames", Map.of("enum", constants(raw(argument(type, 0)))));
      }
      map.put("additionalProperties", of(argument(type, 1), hex));
      return map;
    } else if (type instanceof ParameterizedType) {
      return array(of(argument(type, 0), hex));
    } else if (Json.Streamed.class.isAssignableFrom(raw)) {
      // Whatever the dump's types make of it.
      return true;
    }
    throw new IllegalArgumentException("no schema for " + type);
  }

  private static Map<String, Object> ordered(String key, Object value, String next, Object last) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(key, value);
    map.put(next, last);
    return map;
  }

  private static List<String> constants(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
        .toList();
  }

  private Object reference(Class<?> record) {
    String name = record.getSimpleName();
    Class<?> other = named.putIfAbsent(name, record);
    if (other != null && other != record) {
      name = record.getEnclosingClass().getSimpleName() + "." + name;
      other = named.putIfAbsent(name, record);
    }
    if (other != record) {
      Map<String, Object> properties = new LinkedHashMap<>();
      List<String> required = new ArrayList<>();
      definitions.put(name, Map.of());
      components(record, properties, required);
      definitions.put(name, object(properties, required));
    }
    return Map.of("$ref", "#/$defs/" + name);
  }
}
