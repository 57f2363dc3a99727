package org.vmcore.gdbstub.inspect.types;

import org.vmcore.gdbstub.inspect.view.Text;

/** What lists and trees show of their entries. */
final class TreeText {
  private TreeText() {}

  /**
   * @param asked such as {@code task_struct.pid,comm}
   */
  static void values(String asked, Value value, int radix, Text out) {
    if (!asked.contains(".")) {
      out.lay("struct " + asked + " " + ValueText.of(value, radix, 0) + "\n");
    } else if (value instanceof Value.Struct some) {
      for (Value.Member member : some.members()) {
        String shown = ValueText.of(member.value(), radix, 2);
        out.lay("  " + member.name() + " = " + shown + ",\n");
      }
    }
  }
}
