package org.vmcore.gdbstub.linux.stack;

/**
 * A function that was running, or that waits for one it called or for the end of an interruption.
 *
 * @param place on the stack, as crash tells it: on x86 where the return address to it is, elsewhere
 *     its stack or frame pointer; of the innermost frame always the stack pointer
 * @param pc the instruction that comes next in it
 * @param registers as far as they are known; all of them where it was interrupted
 */
public record Frame(Kind kind, long place, long pc, FrameRegisters registers) {

  /** How it came to be known. */
  public enum Kind {
    /** Its registers are those of a CPU, or those that were saved when the task was left. */
    INNERMOST,
    /** It called the one before; {@link Frame#pc} is a return address. */
    CALLER,
    /** It was interrupted, and its registers saved. */
    INTERRUPTED,
    /** The same of a program in user mode: there is nothing of the kernel beyond. */
    USER,
    /** Something on the stack looks like a return address to it. */
    GUESSED
  }

  /** An address in the instruction that it is at, which names the function that it is in. */
  public long lookupPc() {
    return kind == Kind.CALLER || kind == Kind.GUESSED ? pc - 1 : pc;
  }
}
