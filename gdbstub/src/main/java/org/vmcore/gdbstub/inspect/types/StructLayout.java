package org.vmcore.gdbstub.inspect.types;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vmcore.gdbstub.inspect.view.Hex;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeNames;

/**
 * A struct or union as it is declared.
 *
 * @param size in bytes
 * @param address of the one that is meant
 */
record StructLayout(String name, long size, @Hex OptionalLong address, List<Place> members) {
  /** Of structs without a name within each other; what is deeper is a circle. */
  private static final int MAX_DEPTH = 32;

  private static final String HIDDEN = "{...}";

  /**
   * A member.
   *
   * @param name empty for a struct or union without one, whose members are its parent's
   * @param type as C writes it
   * @param declaration the same with the member's name where C has it; what is in braces is left
   *     out where it follows
   * @param offset in bytes from the start of the outermost
   * @param bitOffset the same in bits, and {@code bitWidth}, of a bit-field
   * @param members of a struct or union that is declared in place
   * @param enumerators of an enumeration that is declared in place
   */
  record Place(
      String name,
      String type,
      String declaration,
      long offset,
      OptionalLong bitOffset,
      OptionalLong bitWidth,
      List<Place> members,
      List<String> enumerators) {
    /**
     * @param bitOffset from the start of the outermost
     */
    static Place of(Member member, long bitOffset) {
      return of(member, bitOffset, 0);
    }

    private static Place of(Member member, long bitOffset, int depth) {
      Type type = member.type().get();
      String declaration = Scalar.asWritten(TypeNames.declaration(type, member.name()));
      boolean inPlace = declaration.contains(HIDDEN) && depth < MAX_DEPTH;
      List<Place> members = new ArrayList<>();
      List<String> enumerators = List.of();
      if (inPlace && base(type) instanceof Type.Enumeration enumeration) {
        enumerators = enumeration.enumerators().stream().map(Type.Enumerator::name).toList();
      } else if (inPlace && base(type) instanceof Compound nested) {
        add(members, nested, bitOffset, depth + 1);
      }
      boolean field = member.isBitField();
      return new Place(
          member.name(),
          Scalar.asWritten(TypeNames.of(type)),
          declaration + (field ? " : " + member.bitWidth() : ""),
          bitOffset / Byte.SIZE,
          field ? OptionalLong.of(bitOffset) : OptionalLong.empty(),
          field ? OptionalLong.of(member.bitWidth()) : OptionalLong.empty(),
          members,
          enumerators);
    }

    /** What comes before the braces of what is declared in place, and what comes behind. */
    String[] aroundBraces() {
      int at = declaration.indexOf(HIDDEN);
      return new String[] {
        declaration.substring(0, at), declaration.substring(at + HIDDEN.length())
      };
    }
  }

  /**
   * @param address of the one that is meant
   */
  static StructLayout of(Compound type, OptionalLong address) {
    List<Place> members = new ArrayList<>();
    add(members, type, 0, 0);
    return new StructLayout(type.toString(), type.size().orElse(0), address, members);
  }

  private static void add(List<Place> all, Compound compound, long bitOffset, int depth) {
    for (Member member : compound.members()) {
      all.add(Place.of(member, bitOffset + member.bitOffset(), depth));
    }
  }

  /** What a pointer or an array is of in the end. */
  private static Type base(Type type) {
    Type base = type.resolved();
    for (int i = 0; i < MAX_DEPTH; i++) {
      if (base instanceof Type.Pointer pointer) {
        base = pointer.target().get().resolved();
      } else if (base instanceof Type.Array array) {
        base = array.element().get().resolved();
      } else {
        return base;
      }
    }
    return base;
  }
}
