package org.vmcore.gdbstub.port.arm;

import java.util.Optional;
import java.util.OptionalLong;
import org.vmcore.gdbstub.linux.memory.KernelMemory;
import org.vmcore.gdbstub.linux.stack.KernelText;
import org.vmcore.gdbstub.linux.symbols.SymbolNames.Located;

/** What an arm function has done to the stack pointer before an instruction. */
enum ArmFrame {
  /** Nothing: its link register has the return address. */
  NONE,
  /** All that its entry in the exception tables undoes. */
  MADE,
  /** Not all of it. */
  IN_PART;

  private static final int MAX_FUNCTION = 1 << 12;
  private static final int WORD = Integer.BYTES;

  /**
   * @param pc in a function
   */
  static ArmFrame at(KernelMemory memory, KernelText text, long pc) {
    Optional<Located> function = text.at(pc);
    long first = function.map(found -> found.symbol().address()).orElse(pc);
    boolean before = false;
    boolean after = false;
    for (long at = first; at < first + MAX_FUNCTION; at += WORD) {
      OptionalLong code = memory.word(at);
      boolean isIn = text.at(at).map(found -> found.symbol().address() == first).orElse(false);
      if (!isIn || code.isEmpty()) {
        break;
      }
      if (ArmCode.lowersStack((int) code.getAsLong())) {
        before |= at < pc;
        after |= at >= pc;
      }
    }
    return !before ? NONE : after ? IN_PART : MADE;
  }
}
