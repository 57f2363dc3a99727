package org.vmcore.gdbstub.port.arm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.vmcore.gdbstub.linux.LinuxKernel;
import org.vmcore.gdbstub.linux.memory.KernelMemory;

/**
 * The kernel's instructions: Arm code or, where it was built with CONFIG_THUMB2_KERNEL, Thumb, and
 * that but for a few places. Those of a big-endian kernel are little-endian since ARMv6 (BE8, Arm
 * Architecture Reference Manual, DDI 0406, A3.3.1), and in the data's order before.
 */
final class ArmCode {
  /** The condition of most instructions of Arm code: always. */
  private static final int ALWAYS = 0xe;

  private static final int SAMPLE = 1 << 14;

  private final KernelMemory memory;
  private final ByteOrder order;
  private final InstructionSet set;

  static ArmCode of(LinuxKernel kernel) {
    return kernel.once(
        ArmCode.class, () -> new ArmCode(kernel.memory(), kernel.address("_stext").orElse(0L)));
  }

  /**
   * @param text where the kernel's code begins
   */
  ArmCode(KernelMemory memory, long text) {
    this.memory = memory;
    ByteBuffer sample = ByteBuffer.wrap(memory.upTo(text, SAMPLE));
    int big = 0;
    int little = 0;
    for (int at = 0; at + Integer.BYTES <= sample.limit(); at += Integer.BYTES) {
      big += (sample.get(at) >> 4 & 15) == ALWAYS ? 1 : 0;
      little += (sample.get(at + 3) >> 4 & 15) == ALWAYS ? 1 : 0;
    }
    boolean isArm = 2 * Integer.BYTES * Math.max(big, little) >= sample.limit();
    this.set = isArm ? InstructionSet.ARM : InstructionSet.THUMB;
    this.order = isArm && big > little ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
  }

  InstructionSet set() {
    return set;
  }

  /** As much of some code as there is. */
  ByteBuffer upTo(long start, int length) {
    return ByteBuffer.wrap(memory.upTo(start, length)).order(order);
  }
}
