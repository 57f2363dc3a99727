package org.vmcore.gdbstub.linux.types;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vmcore.gdbstub.linux.types.Type.Encoding;

/**
 * Types that were put together from what memory itself told, with those members alone that are
 * known.
 */
public final class MadeTypes implements TypeTable {
  private final List<Type> types = new ArrayList<>();
  private final Map<String, TypeRef> structs = new HashMap<>();
  private final int wordBytes;

  /**
   * @param wordBytes size of a pointer, 4 or 8
   */
  public MadeTypes(int wordBytes) {
    this.wordBytes = wordBytes;
    add(new Type.VoidType());
  }

  private TypeRef add(Type type) {
    types.add(type);
    return new TypeRef(this, types.size() - 1);
  }

  /** An {@code int}. */
  public TypeRef integer() {
    return add(new Type.Int("int", Integer.BYTES, Encoding.SIGNED));
  }

  /** An {@code unsigned int}. */
  public TypeRef unsignedInteger() {
    return add(new Type.Int("unsigned int", Integer.BYTES, Encoding.UNSIGNED));
  }

  /** An {@code unsigned long}. */
  public TypeRef word() {
    return add(new Type.Int("unsigned long", wordBytes, Encoding.UNSIGNED));
  }

  /** A {@code char} array. */
  public TypeRef text(int length) {
    return array(add(new Type.Int("char", 1, Encoding.SIGNED)), length);
  }

  /** An array. */
  public TypeRef array(TypeRef element, int length) {
    return add(new Type.Array(element, integer(), length));
  }

  /** A pointer. */
  public TypeRef pointerTo(TypeRef target) {
    return add(new Type.Pointer(target, wordBytes));
  }

  /**
   * A struct whose members are told later, by {@link #define}, so that they can lead to it.
   *
   * @param name without {@code struct}
   */
  public TypeRef declare(String name) {
    TypeRef struct = add(new Type.VoidType());
    structs.put(name, struct);
    return struct;
  }

  /** A {@code struct list_head}, which every kernel has. */
  public TypeRef list() {
    TypeRef list = declare("list_head");
    TypeRef pointer = pointerTo(list);
    define(
        "list_head",
        2L * wordBytes,
        List.of(new Placed("next", pointer, 0), new Placed("prev", pointer, wordBytes)));
    return list;
  }

  /**
   * Tells the members of a struct that was declared.
   *
   * @param members by their offsets in bytes
   */
  public void define(String name, long size, List<Placed> members) {
    TypeRef struct = structs.get(name);
    if (struct == null) {
      throw new IllegalArgumentException("not declared: " + name);
    }
    types.set(
        struct.id(),
        new Compound(
            Compound.Kind.STRUCT,
            name,
            size,
            members.stream()
                .map(m -> new Member(m.name(), m.type(), m.offset() * Byte.SIZE, 0))
                .toList()));
  }

  /**
   * A member.
   *
   * @param offset in bytes
   */
  public record Placed(String name, TypeRef type, long offset) {}

  @Override
  public Type type(int id) {
    return id >= 0 && id < types.size() ? types.get(id) : new Type.VoidType();
  }

  @Override
  public int firstId() {
    return 1;
  }

  @Override
  public int endId() {
    return types.size();
  }

  @Override
  public List<TypeRef> named(Kind kind, String name) {
    TypeRef found = kind == Kind.STRUCT ? structs.get(name) : null;
    return found == null ? List.of() : List.of(found);
  }
}
