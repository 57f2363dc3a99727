package org.vmcore.gdbstub.inspect.types;

import java.util.OptionalLong;

/** A declaration as crash lays it out, members after their offsets or their addresses. */
final class StructText {
  private static final int INDENT = 4;

  private final boolean offsets;
  private final OptionalLong address;
  private final int column;
  private final StringBuilder text = new StringBuilder();

  private StructText(boolean offsets, OptionalLong address, long size) {
    this.offsets = offsets;
    this.address = address;
    this.column = offsets ? mark(size).length() + 2 : 0;
  }

  /**
   * The whole declaration and the size.
   *
   * @param offsets whether to show where each member is
   */
  static String of(StructLayout layout, boolean offsets) {
    StructText text = new StructText(offsets, layout.address(), layout.size());
    text.text.append(layout.name()).append(" {\n");
    layout.members().forEach(member -> text.member(member, 1));
    return text.text.append("}\nSIZE: ").append(layout.size()).append('\n').toString();
  }

  /**
   * The declaration with one member only, which is always after its offset.
   *
   * @param size of the whole
   */
  static String of(String type, long size, StructLayout.Place member) {
    StructText text = new StructText(true, OptionalLong.empty(), size);
    text.text.append(type).append(" {\n");
    text.member(member, 0);
    return text.text.append("}\n").toString();
  }

  private String mark(long offset) {
    return address.isPresent()
        ? "[%x]".formatted(address.getAsLong() + offset)
        : "[" + offset + "]";
  }

  private void member(StructLayout.Place member, int depth) {
    if (!member.enumerators().isEmpty()) {
      String[] around = member.aroundBraces();
      text.append(place(member.offset(), depth)).append(around[0]).append('{');
      text.append(String.join(", ", member.enumerators())).append('}').append(around[1]);
    } else if (!member.members().isEmpty()) {
      String[] around = member.aroundBraces();
      text.append(place(-1, depth)).append(around[0]).append("{\n");
      member.members().forEach(inner -> member(inner, depth + 1));
      text.append(place(around[1].isEmpty() ? -1 : member.offset(), depth));
      text.append('}').append(around[1]);
    } else {
      text.append(place(member.offset(), depth)).append(member.declaration());
    }
    text.append(";\n");
  }

  /** What comes before a declaration; the offset is left out where negative. */
  private String place(long offset, int depth) {
    int levels = Math.max(depth - 1, 0) * INDENT;
    if (!offsets) {
      return " ".repeat(depth * INDENT);
    }
    String mark = offset < 0 ? "" : mark(offset);
    return " ".repeat(Math.max(column - mark.length(), 0)) + mark + " ".repeat(levels + 1);
  }
}
