package org.vmcore.gdbstub.port.arm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * Reads the kernel's instructions. Those of a big-endian kernel are little-endian since ARMv6 (BE8,
 * Arm Architecture Reference Manual, DDI 0406, A3.3.1), and in the data's order before.
 */
final class ArmCode {
  /** The condition of nearly all instructions of Arm code: always. */
  private static final int ALWAYS = 0xe;

  private static final int SAMPLE = 4096;

  private final KernelMemory memory;
  private final ByteOrder order;

  /**
   * @param text where the kernel's code begins
   */
  ArmCode(KernelMemory memory, long text) {
    this.memory = memory;
    this.order = order(memory, text);
  }

  private static ByteOrder order(KernelMemory memory, long text) {
    ByteBuffer sample = ByteBuffer.wrap(memory.upTo(text, SAMPLE));
    int big = 0;
    for (int at = 0; at + Integer.BYTES <= sample.limit(); at += Integer.BYTES) {
      big += (sample.get(at) >> 4 & 15) == ALWAYS ? 1 : 0;
      big -= (sample.get(at + 3) >> 4 & 15) == ALWAYS ? 1 : 0;
    }
    return memory.byteOrder() == ByteOrder.BIG_ENDIAN && big > 0
        ? ByteOrder.BIG_ENDIAN
        : ByteOrder.LITTLE_ENDIAN;
  }

  /** As much of some code as there is. */
  ByteBuffer upTo(long start, int length) {
    return ByteBuffer.wrap(memory.upTo(start, length)).order(order);
  }
}
