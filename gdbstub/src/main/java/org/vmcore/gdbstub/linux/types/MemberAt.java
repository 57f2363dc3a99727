package org.vmcore.gdbstub.linux.types;

import java.util.Optional;

/** Which member of a struct lies at an offset. */
public final class MemberAt {
  /** Structs within structs; what is deeper is a circle. */
  private static final int MAX_DEPTH = 32;

  private MemberAt() {}

  /**
   * The innermost member, written as C does, such as {@code se.run_node.rb_left}, and how far from
   * its start, such as {@code comm+3}; empty where there is padding. Of a union it is the first.
   *
   * @param offset in bytes
   */
  public static Optional<String> of(Compound type, long offset) {
    return of(type, offset, MAX_DEPTH);
  }

  private static Optional<String> of(Type type, long offset, int depth) {
    Type resolved = type.resolved();
    if (resolved instanceof Compound compound && depth > 0) {
      for (Member member : compound.members()) {
        long inside = offset - member.bitOffset() / Byte.SIZE;
        long size = member.type().get().resolved().size().orElse(0);
        if (inside >= 0 && inside < size) {
          return of(member.type().get(), inside, depth - 1)
              .map(rest -> joined(member.name(), rest));
        }
      }
      return Optional.empty();
    }
    if (resolved instanceof Type.Array array && depth > 0) {
      long size = array.element().get().resolved().size().orElse(0);
      if (size > 1) {
        String index = "[" + offset / size + "]";
        return of(array.element().get(), offset % size, depth - 1).map(rest -> joined(index, rest));
      }
    }
    return Optional.of(offset == 0 ? "" : "+" + offset);
  }

  private static String joined(String name, String rest) {
    boolean bare = name.isEmpty() || rest.isEmpty() || rest.startsWith("[") || rest.startsWith("+");
    return bare ? name + rest : name + "." + rest;
  }
}
