package org.vmcore.gdbstub.linux.types;

import java.util.ArrayList;
import java.util.List;
import org.vmcore.gdbstub.linux.types.Type.Encoding;

/** The types that every kernel has, whatever else is known of it: those of C's numbers. */
final class BaseTypes implements TypeTable {
  private final List<Type.Int> types;

  /**
   * @param wordBytes size of a {@code long}; whether a {@code char} is signed depends on more, and
   *     is not told by it
   */
  BaseTypes(int wordBytes) {
    types =
        List.of(
            new Type.Int("char", 1, Encoding.SIGNED),
            new Type.Int("unsigned char", 1, Encoding.UNSIGNED),
            new Type.Int("short int", 2, Encoding.SIGNED),
            new Type.Int("short unsigned int", 2, Encoding.UNSIGNED),
            new Type.Int("int", 4, Encoding.SIGNED),
            new Type.Int("unsigned int", 4, Encoding.UNSIGNED),
            new Type.Int("long int", wordBytes, Encoding.SIGNED),
            new Type.Int("long unsigned int", wordBytes, Encoding.UNSIGNED),
            new Type.Int("long long int", 8, Encoding.SIGNED),
            new Type.Int("long long unsigned int", 8, Encoding.UNSIGNED),
            new Type.Int("_Bool", 1, Encoding.BOOLEAN),
            new Type.Int("u8", 1, Encoding.UNSIGNED),
            new Type.Int("u16", 2, Encoding.UNSIGNED),
            new Type.Int("u32", 4, Encoding.UNSIGNED),
            new Type.Int("u64", 8, Encoding.UNSIGNED),
            new Type.Int("s64", 8, Encoding.SIGNED));
  }

  @Override
  public Type type(int id) {
    return id >= firstId() && id < endId() ? types.get(id - firstId()) : new Type.VoidType();
  }

  @Override
  public int firstId() {
    return 1;
  }

  @Override
  public int endId() {
    return firstId() + types.size();
  }

  @Override
  public List<TypeRef> named(Kind kind, String name) {
    List<TypeRef> found = new ArrayList<>();
    for (int id = firstId(); id < endId(); id++) {
      if (kind == Kind.BASE && types.get(id - firstId()).name().equals(name)) {
        found.add(new TypeRef(this, id));
      }
    }
    return found;
  }
}
