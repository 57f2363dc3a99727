package org.vmcore.gdbstub.inspect.types;

import org.vmcore.gdbstub.inspect.view.Text;

/** An object of a structure, or some of its members. */
final class ObjectText {
  private ObjectText() {}

  /**
   * @param type as in C, such as {@code struct list_head}
   * @param whole whether the object is shown, not some members
   */
  static void print(String type, boolean whole, Value value, int radix, Text out) {
    if (whole) {
      out.lay(type + " " + ValueText.of(value, radix, 0) + "\n");
    } else if (value instanceof Value.Struct some) {
      for (Value.Member member : some.members()) {
        String shown = ValueText.of(member.value(), radix, 2);
        out.lay("  " + member.name() + " = " + shown + ",\n");
      }
    }
  }
}
