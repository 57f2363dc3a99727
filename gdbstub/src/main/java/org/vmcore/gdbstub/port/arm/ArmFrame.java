package org.vmcore.gdbstub.port.arm;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.vmcore.gdbstub.linux.stack.KernelFunctions.Function;
import org.vmcore.gdbstub.linux.stack.KernelText;

/** What an arm function has done to the stack pointer before an instruction. */
enum ArmFrame {
  /** Nothing: its link register has the return address. */
  NONE,
  /** All that its entry in the exception tables undoes. */
  MADE,
  /** Not all of it. */
  IN_PART;

  private static final int MAX_FUNCTION = 1 << 12;

  /**
   * @param pc in a function
   */
  static ArmFrame at(ArmCode code, KernelText text, long pc) {
    InstructionSet set = code.set();
    Optional<Function> function = text.functionAt(pc);
    if (function.isEmpty()) {
      return NONE;
    }
    long first = function.get().start();
    int length = (int) Math.min(function.get().length(), MAX_FUNCTION);
    ByteBuffer bytes = code.upTo(first, length);
    boolean before = false;
    boolean after = false;
    int size;
    for (int at = 0; at + 2 <= bytes.limit(); at += size) {
      size = set.length(bytes, at);
      if (at + size <= bytes.limit() && set.lowersStack(bytes, at)) {
        before |= first + at < pc;
        after |= first + at >= pc;
      }
    }
    return !before ? NONE : after ? IN_PART : MADE;
  }
}
