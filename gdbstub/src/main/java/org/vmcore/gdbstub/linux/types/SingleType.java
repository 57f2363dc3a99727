package org.vmcore.gdbstub.linux.types;

import java.util.List;

/** A type that was not declared, for what refers to one: such as that of a pointer in a cast. */
record SingleType(Type type) implements TypeTable {
  private static final int ID = 1;

  @Override
  public Type type(int id) {
    return id == ID ? type : new Type.VoidType();
  }

  @Override
  public int firstId() {
    return ID;
  }

  @Override
  public int endId() {
    return ID + 1;
  }

  @Override
  public List<TypeRef> named(Kind kind, String name) {
    return List.of();
  }

  TypeRef reference() {
    return new TypeRef(this, ID);
  }
}
