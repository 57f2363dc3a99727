package org.vmcore.gdbstub.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypeNames;

/** A struct or union as crash declares it, its members after their offsets or their addresses. */
final class StructLayout {
  private static final int INDENT = 4;

  /** Of structs without a name within each other; what is deeper is a circle. */
  private static final int MAX_DEPTH = 32;

  private static final String HIDDEN = "{...}";

  private final Compound type;
  private final boolean offsets;
  private final OptionalLong address;
  private final int column;
  private final StringBuilder text = new StringBuilder();

  /**
   * @param offsets whether to show where each member is
   * @param address of the object, to show addresses for offsets
   */
  StructLayout(Compound type, boolean offsets, OptionalLong address) {
    this.type = type;
    this.offsets = offsets;
    this.address = address;
    this.column = offsets ? mark(size()).length() + 2 : 0;
  }

  private long size() {
    return type.size().orElse(0);
  }

  private String mark(long offset) {
    return address.isPresent()
        ? "[%x]".formatted(address.getAsLong() + offset)
        : "[" + offset + "]";
  }

  /** The whole declaration and the size. */
  String text() {
    text.setLength(0);
    text.append(type).append(" {\n");
    members(type, 0, 1);
    return text.append("}\nSIZE: ").append(size()).append('\n').toString();
  }

  /** The declaration with one member only, which is always after its offset. */
  static String ofMember(Compound type, Member member, long bitOffset) {
    StructLayout layout = new StructLayout(type, true, OptionalLong.empty());
    layout.text.append(type).append(" {\n");
    layout.member(member, bitOffset, 0);
    return layout.text.append("}\n").toString();
  }

  private void members(Compound compound, long bitOffset, int depth) {
    for (Member member : compound.members()) {
      member(member, bitOffset + member.bitOffset(), depth);
    }
  }

  private void member(Member member, long bitOffset, int depth) {
    String declaration =
        Scalar.asWritten(TypeNames.declaration(member.type().get(), member.name()))
            + (member.isBitField() ? " : " + member.bitWidth() : "");
    int hidden = declaration.indexOf(HIDDEN);
    if (hidden >= 0 && base(member.type().get()) instanceof Type.Enumeration enumeration) {
      String names =
          enumeration.enumerators().stream()
              .map(Type.Enumerator::name)
              .collect(Collectors.joining(", ", "{", "}"));
      text.append(place(bitOffset, depth)).append(declaration.replace(HIDDEN, names));
    } else if (hidden >= 0
        && base(member.type().get()) instanceof Compound nested
        && depth < MAX_DEPTH) {
      text.append(indent(depth)).append(declaration, 0, hidden).append("{\n");
      members(nested, bitOffset, depth + 1);
      String rest = declaration.substring(hidden + HIDDEN.length());
      text.append(place(rest.isEmpty() ? -1 : bitOffset, depth)).append('}').append(rest);
    } else {
      text.append(place(bitOffset, depth)).append(declaration);
    }
    text.append(";\n");
  }

  private String indent(int depth) {
    return place(-1, depth);
  }

  /** What comes before a declaration; the offset is left out where negative. */
  private String place(long bitOffset, int depth) {
    int levels = Math.max(depth - 1, 0) * INDENT;
    if (!offsets) {
      return " ".repeat(depth * INDENT);
    }
    String mark = bitOffset < 0 ? "" : mark(bitOffset / Byte.SIZE);
    return " ".repeat(Math.max(column - mark.length(), 0)) + mark + " ".repeat(levels + 1);
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

  /** The layout as a tree, members of structs without a name among their parent's. */
  Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", type.toString());
    tree.put("size", size());
    List<Object> members = new ArrayList<>();
    addMembers(members, type, 0, 0);
    tree.put("members", members);
    return tree;
  }

  private static void addMembers(List<Object> all, Compound compound, long bitOffset, int depth) {
    for (Member member : compound.members()) {
      long at = bitOffset + member.bitOffset();
      if (member.name().isEmpty()
          && member.type().get().resolved() instanceof Compound anonymous
          && depth < MAX_DEPTH) {
        addMembers(all, anonymous, at, depth + 1);
      } else {
        all.add(memberTree(member, at));
      }
    }
  }

  static Map<String, Object> memberTree(Member member, long bitOffset) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("name", member.name());
    one.put("type", Scalar.asWritten(TypeNames.of(member.type().get())));
    one.put("offset", bitOffset / Byte.SIZE);
    if (member.isBitField()) {
      one.put("bit_offset", bitOffset);
      one.put("bit_width", member.bitWidth());
    }
    return one;
  }
}
