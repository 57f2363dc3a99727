package org.vmcore.gdbstub.linux.types;

import org.vmcore.gdbstub.linux.types.Btf;
import org.vmcore.gdbstub.linux.types.BtfBytes;
import org.vmcore.gdbstub.linux.types.BtfKind;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeRef;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.linux.types.BtfBytes.BtfType;
import org.vmcore.gdbstub.linux.types.TypeTable.Kind;
import org.vmcore.gdbstub.linux.types.TypeTable.Variable;

/** Makes types of the bytes of BTF. Field names are those of include/uapi/linux/btf.h. */
final class BtfDecoder {
  private static final int INT_SIGNED = 1;
  private static final int INT_BOOL = 4;
  static final int MAX_INT_BYTES = 16;
  static final int MAX_ENUM_BYTES = 8;

  /** No function has so many; a prototype is made anew each time that a function's is asked for. */
  static final int MAX_PARAMETERS = 256;

  /** BTF_VAR_STATIC. */
  private static final int STATIC = 0;

  private final Btf btf;
  private final BtfBytes bytes;
  private final int pointerBytes;

  BtfDecoder(Btf btf, BtfBytes bytes, int pointerBytes) {
    this.btf = btf;
    this.bytes = bytes;
    this.pointerBytes = pointerBytes;
  }

  int pointerBytes() {
    return pointerBytes;
  }

  /** How a type is looked up by its name; null where it is not. */
  @Nullable Kind lookupKind(int type) {
    return switch (bytes.kindOf(type)) {
      case STRUCT -> Kind.STRUCT;
      case UNION -> Kind.UNION;
      case ENUM, ENUM64 -> bytes.vlen(bytes.head(type)) > 0 ? Kind.ENUM : null;
      case TYPEDEF -> Kind.TYPEDEF;
      case INT, FLOAT -> Kind.BASE;
      default -> null;
    };
  }

  Type type(int index) {
    BtfType head = bytes.head(index);
    String name = btf.string(head.name());
    TypeRef target = new TypeRef(btf, head.sizeOrType());
    return switch (bytes.kindOf(index)) {
      case INT -> integer(head, name);
      case FLOAT -> new Type.Floating(name, size(head.sizeOrType(), MAX_INT_BYTES));
      case PTR -> new Type.Pointer(target, pointerBytes);
      case ARRAY -> array(head);
      case STRUCT -> compound(head, Compound.Kind.STRUCT, name);
      case UNION -> compound(head, Compound.Kind.UNION, name);
      case ENUM -> enumeration(head, name, 2);
      case ENUM64 -> enumeration(head, name, 3);
      case FWD -> new Type.Forward(head.flag() ? Compound.Kind.UNION : Compound.Kind.STRUCT, name);
      case TYPEDEF -> new Type.Typedef(name, target);
      case VOLATILE -> new Type.Qualified(Type.Qualifier.VOLATILE, target);
      case CONST -> new Type.Qualified(Type.Qualifier.CONST, target);
      case RESTRICT -> new Type.Qualified(Type.Qualifier.RESTRICT, target);
      case TYPE_TAG -> new Type.Tagged(name, target);
      case FUNC_PROTO -> prototype(head, target);
      case VOID, FUNC, VAR, DATASEC, DECL_TAG, UNKNOWN -> new Type.VoidType();
    };
  }

  /** A size that is used to read memory, 1 to {@code max}. */
  static int size(int size, int max) {
    return Math.max(1, Integer.compareUnsigned(size, max) > 0 ? max : size);
  }

  private Type integer(BtfType head, String name) {
    int encoding = bytes.word(head.end()) >>> 24 & 0xf;
    return new Type.Int(
        name,
        size(head.sizeOrType(), MAX_INT_BYTES),
        (encoding & INT_BOOL) != 0
            ? Type.Encoding.BOOLEAN
            : (encoding & INT_SIGNED) != 0 ? Type.Encoding.SIGNED : Type.Encoding.UNSIGNED);
  }

  private Type array(BtfType head) {
    return new Type.Array(
        new TypeRef(btf, bytes.word(head.end())),
        new TypeRef(btf, bytes.word(head.end() + 4)),
        Integer.toUnsignedLong(bytes.word(head.end() + 8)));
  }

  private Type compound(BtfType head, Compound.Kind kind, String name) {
    List<Member> members = new ArrayList<>();
    for (int i = 0, at = head.end(); i < bytes.vlen(head); i++, at += 12) {
      TypeRef type = new TypeRef(btf, bytes.word(at + 4));
      long offset = Integer.toUnsignedLong(bytes.word(at + 8));
      int width = 0;
      if (head.flag()) {
        width = (int) (offset >>> 24);
        offset &= 0xffffff;
      } else {
        // Until kernel 5.0 and pahole 1.13 the type of a bit-field told its width.
        int bits = btf.oddBits(type.id());
        width = bits & 0xff;
        offset += bits >>> 16 & 0xff;
      }
      members.add(new Member(btf.string(bytes.word(at)), type, offset, width));
    }
    return new Compound(kind, name, Integer.toUnsignedLong(head.sizeOrType()), members);
  }

  /** See {@link Btf#oddBits}. */
  int oddBits(int index) {
    if (bytes.kindOf(index) != BtfKind.INT) {
      return 0;
    }
    BtfType head = bytes.head(index);
    int encoding = bytes.word(head.end()) & 0xffffff;
    return (encoding & 0xff) == size(head.sizeOrType(), MAX_INT_BYTES) * Byte.SIZE ? 0 : encoding;
  }

  private Type enumeration(BtfType head, String name, int words) {
    List<Type.Enumerator> enumerators = new ArrayList<>();
    boolean signed = head.flag();
    for (int i = 0, at = head.end(); i < bytes.vlen(head); i++, at += words * 4) {
      long low = bytes.word(at + 4);
      if (words == 3) {
        low = (low & 0xffff_ffffL) | (long) bytes.word(at + 8) << 32;
      } else if (!signed) {
        low &= 0xffff_ffffL;
      }
      enumerators.add(new Type.Enumerator(btf.string(bytes.word(at)), low));
    }
    return new Type.Enumeration(name, size(head.sizeOrType(), MAX_ENUM_BYTES), signed, enumerators);
  }

  private Type prototype(BtfType head, TypeRef returns) {
    List<Type.Parameter> parameters = new ArrayList<>();
    boolean variadic = false;
    for (int i = 0, at = head.end(); i < bytes.vlen(head) && i < MAX_PARAMETERS; i++, at += 8) {
      int name = bytes.word(at);
      int type = bytes.word(at + 4);
      if (i == bytes.vlen(head) - 1 && name == 0 && type == 0) {
        variadic = true;
      } else {
        parameters.add(new Type.Parameter(btf.string(name), new TypeRef(btf, type)));
      }
    }
    return new Type.Prototype(returns, parameters, variadic);
  }

  List<Variable> variables() {
    Map<Integer, String> sections = new HashMap<>();
    Map<Integer, Long> offsets = new HashMap<>();
    for (int i = 0; i < bytes.count(); i++) {
      if (bytes.kindOf(i) == BtfKind.DATASEC) {
        BtfType head = bytes.head(i);
        for (int j = 0, at = head.end(); j < bytes.vlen(head); j++, at += 12) {
          sections.put(bytes.word(at), btf.string(head.name()));
          offsets.put(bytes.word(at), Integer.toUnsignedLong(bytes.word(at + 4)));
        }
      }
    }
    List<Variable> variables = new ArrayList<>();
    for (int i = 0; i < bytes.count(); i++) {
      if (bytes.kindOf(i) == BtfKind.VAR) {
        BtfType head = bytes.head(i);
        int id = btf.firstId() + i;
        variables.add(
            new Variable(
                btf.string(head.name()),
                new TypeRef(btf, head.sizeOrType()),
                bytes.word(head.end()) != STATIC,
                Optional.ofNullable(sections.get(id)),
                offsets.getOrDefault(id, 0L)));
      }
    }
    return variables;
  }
}
