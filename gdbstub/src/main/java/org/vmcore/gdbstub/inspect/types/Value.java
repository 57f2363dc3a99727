package org.vmcore.gdbstub.inspect.types;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmcore.gdbstub.inspect.view.Fields;
import org.vmcore.gdbstub.inspect.view.Json;

/**
 * What an object in memory holds, by its type. In JSON structs are objects, what C does not name
 * being among its parent's members; addresses are hexadecimal strings, arrays of characters their
 * text up to the first NUL, enumerators their names.
 */
sealed interface Value extends Json.Streamed {

  /** As maps, lists, strings, numbers and booleans. */
  Object tree();

  @Override
  default void writeTo(Json json) {
    json.value(tree());
  }

  /**
   * A struct or union.
   *
   * @param members one without a name is a struct whose members are this one's
   */
  record Struct(List<Member> members) implements Value {
    @Override
    public Object tree() {
      Map<String, Object> tree = new LinkedHashMap<>();
      for (Member member : members) {
        if (!member.name().isEmpty()) {
          tree.put(member.name(), member.value().tree());
        } else if (member.value().tree() instanceof Map<?, ?> inner) {
          inner.forEach((name, value) -> tree.put(String.valueOf(name), value));
        }
      }
      return tree;
    }
  }

  /** A member. */
  record Member(String name, Value value) {}

  /**
   * An array.
   *
   * @param count of its elements, of which some may be left out
   * @param ofStructs whether they are structs or unions
   */
  record Elements(List<Value> elements, long count, boolean ofStructs) implements Value {
    @Override
    public Object tree() {
      List<Object> tree = new ArrayList<>();
      elements.forEach(element -> tree.add(element.tree()));
      return tree;
    }
  }

  /** An array of any number of elements, of which only the place is known. */
  record Endless(long address) implements Value {
    @Override
    public Object tree() {
      return List.of();
    }
  }

  /**
   * An array of characters.
   *
   * @param bytes of it, in ISO-8859-1
   * @param count of them, of which some may be left out
   */
  record Characters(String bytes, long count) implements Value {
    @Override
    public Object tree() {
      int end = bytes.indexOf(0);
      return end < 0 ? bytes : bytes.substring(0, end);
    }
  }

  /**
   * A pointer.
   *
   * @param symbol that it points into
   * @param string that it points at, where it is one to characters
   * @param unreadable whether there should be such a string
   */
  record Pointer(long address, Optional<String> symbol, Optional<String> string, boolean unreadable)
      implements Value {
    @Override
    public Object tree() {
      return Fields.hex(address);
    }
  }

  /** One of an enumeration, by its name or names. */
  record Enumerator(String name) implements Value {
    @Override
    public Object tree() {
      return name;
    }
  }

  /** A {@code bool} that is one. */
  record Flag(boolean set) implements Value {
    @Override
    public Object tree() {
      return set;
    }
  }

  /**
   * An integer.
   *
   * @param bytes that it takes
   * @param character whether gdb takes it for one
   */
  record Whole(BigInteger number, int bytes, boolean character) implements Value {
    @Override
    public Object tree() {
      return number;
    }
  }

  /** What has no value that could be shown, and what is shown for it. */
  record Unshown(String words) implements Value {
    @Override
    public Object tree() {
      return words;
    }
  }
}
