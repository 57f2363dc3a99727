package org.vmcore.arch.api;

import java.util.OptionalLong;

/**
 * A task that does not run, for the port that knows where its registers were saved when the CPU
 * went on to another. What the kernel or the dump does not have is empty.
 */
public interface SwitchedOutTask {

  /**
   * A member of its {@code task_struct}, zero-extended.
   *
   * @param path as in C, such as {@code thread.cpu_context.x19} or {@code thread.s[2]}
   */
  OptionalLong member(String path);

  /**
   * Where a struct has a member.
   *
   * @param struct such as {@code struct pt_regs}
   */
  OptionalLong offset(String struct, String member);

  /** Bytes of a struct. */
  OptionalLong size(String struct);

  /** A pointer or {@code unsigned long} in the kernel's memory, zero-extended. */
  OptionalLong word(long virtualAddress);

  /** Bytes in the kernel's memory, as many as can be read up to {@code length}. */
  default byte[] bytes(long virtualAddress, int length) {
    return new byte[0];
  }

  /** Run-time address of a symbol of the kernel. */
  OptionalLong symbol(String name);
}
