package org.vmcore.gdbstub.kernel.unwind;

/** One architecture's way from a frame to the next. Never throws, whatever memory holds. */
interface Unwinder {
  /** The frame beyond one that is not of user mode. */
  Step beyond(Frame frame);

  /** The name of the register that is the stack pointer. */
  String stackPointer();

  /** Whether the stack pointer is that of a kernel stack. */
  default boolean isOnStack(FrameRegisters registers) {
    return true;
  }

  /**
   * Whether there can be a call in front of an address, by the instruction that is there.
   *
   * @param returnAddress in the code of the kernel
   */
  boolean followsCall(long returnAddress);
}
