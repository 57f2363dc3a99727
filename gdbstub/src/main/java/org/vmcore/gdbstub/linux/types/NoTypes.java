package org.vmcore.gdbstub.linux.types;

import java.util.List;

/** What a kernel or module without types has. */
record NoTypes(int firstId) implements TypeTable {
  @Override
  public Type type(int id) {
    return new Type.VoidType();
  }

  @Override
  public int endId() {
    return firstId;
  }

  @Override
  public List<TypeRef> named(Kind kind, String name) {
    return List.of();
  }
}
