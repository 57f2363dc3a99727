package org.vmcore.gdbstub.linux.stack;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A kernel's way from a frame to the next. Never throws, whatever memory holds. */
public interface Unwinder {
  /** What is known of the kernel's code, for debuggers as well. */
  CodeRules rules();

  /**
   * The same with what CPUs were doing that are stopped at exception vectors, which no code tells.
   */
  default CodeRules rules(List<Interruption> interruptions) {
    return rules();
  }

  /** The frame beyond one that is not of user mode. */
  Step beyond(Frame frame);

  /** The name of the register that is the stack pointer. */
  String stackPointer();

  /** Whether the stack pointer is that of a kernel stack. */
  default boolean isOnStack(FrameRegisters registers) {
    return true;
  }

  /**
   * What a CPU was doing that is stopped at an exception vector, where its registers alone do not
   * tell.
   *
   * @param stack the memory of the task's stack
   * @param start its address
   * @param leads whether a caller's registers lead to the stack's beginning
   */
  default Optional<Interruption> interrupted(
      FrameRegisters cpu, ByteBuffer stack, long start, Predicate<FrameRegisters> leads) {
    return Optional.empty();
  }

  /**
   * Whether there can be a call in front of an address, by the instruction that is there.
   *
   * @param returnAddress in the code of the kernel
   */
  boolean followsCall(long returnAddress);
}
