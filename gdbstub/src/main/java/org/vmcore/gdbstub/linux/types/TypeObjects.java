package org.vmcore.gdbstub.linux.types;

import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeTable;

/** Tells a visitor of types that are objects. */
final class TypeObjects {
  private TypeObjects() {}

  static void visit(Type type, TypeVisitor visitor) {
    if (type instanceof Compound compound) {
      visitor.compound(compound.kind(), visitor.name(compound.name()), compound.size().orElse(0));
      for (Member member : compound.members()) {
        visitor.member(
            visitor.name(member.name()), member.type().id(), member.bitOffset(), member.bitWidth());
      }
      visitor.end();
    } else if (type instanceof Type.Pointer pointer) {
      visitor.pointer(pointer.target().id(), pointer.bytes());
    } else if (type instanceof Type.Int integer) {
      visitor.integer(visitor.name(integer.name()), integer);
    } else if (type instanceof Type.Floating floating) {
      visitor.floating(visitor.name(floating.name()), floating.bytes());
    } else if (type instanceof Type.Array array) {
      visitor.array(array.element().id(), array.index().id(), array.count());
    } else if (type instanceof Type.Enumeration enumeration) {
      enumeration(enumeration, visitor);
    } else if (type instanceof Type.Forward forward) {
      visitor.forward(forward.kind(), visitor.name(forward.name()));
    } else if (type instanceof Type.Typedef typedef) {
      visitor.typedef(visitor.name(typedef.name()), typedef.target().id());
    } else if (type instanceof Type.Qualified qualified) {
      visitor.qualified(qualified.qualifier(), qualified.target().id());
    } else if (type instanceof Type.Prototype prototype) {
      visitor.prototype(prototype.returns().id());
      for (Type.Parameter parameter : prototype.parameters()) {
        visitor.parameter(visitor.name(parameter.name()), parameter.type().id());
      }
      if (prototype.variadic()) {
        visitor.variadic();
      }
      visitor.end();
    }
  }

  private static void enumeration(Type.Enumeration enumeration, TypeVisitor visitor) {
    boolean declared = enumeration.enumerators().isEmpty();
    visitor.enumeration(
        visitor.name(enumeration.name()), enumeration.bytes(), enumeration.signed(), declared);
    if (!declared) {
      for (Type.Enumerator enumerator : enumeration.enumerators()) {
        visitor.enumerator(visitor.name(enumerator.name()), enumerator.value());
      }
      visitor.end();
    }
  }

  /** See {@link TypeTable#target}. */
  static int target(TypeTable table, int reference) {
    int id = reference;
    for (int i = 0; i < Type.MAX_CHAIN; i++) {
      Type type = table.type(id);
      if (type instanceof Type.Tagged tagged) {
        id = tagged.target().id();
      } else {
        return type instanceof Type.VoidType ? 0 : id;
      }
    }
    return 0;
  }
}
