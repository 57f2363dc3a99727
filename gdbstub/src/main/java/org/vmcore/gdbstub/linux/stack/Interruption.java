package org.vmcore.gdbstub.linux.stack;

/**
 * A CPU was stopped between an exception and the first instruction of its handler, in a mode that
 * has a stack pointer and a link register of its own.
 *
 * @param vector the instruction it is stopped at
 * @param modeStack that mode's stack pointer, which tells CPUs apart
 * @param registers what is known of those that the interrupted function had; its link register is
 *     as when it was called
 */
public record Interruption(long vector, long modeStack, FrameRegisters registers) {
  /** The instruction that it was about to execute. */
  public long pc() {
    return registers.get("pc");
  }

  /** Its stack pointer. */
  public long stack() {
    return registers.get("sp");
  }

  /** Where it was called from. */
  public long link() {
    return registers.get("lr");
  }
}
