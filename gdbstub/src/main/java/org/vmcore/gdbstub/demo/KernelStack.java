package org.vmcore.gdbstub.demo;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A kernel stack, filled by doing what the functions on it did. */
final class KernelStack {
  private final ByteBuffer bytes =
      ByteBuffer.allocate(KernelImage.STACK_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final long bottom;
  private long rsp;
  private long rbp;

  /**
   * @param bottom virtual address of the stack's lowest byte
   */
  KernelStack(long bottom) {
    this.bottom = bottom;
    this.rsp = top();
  }

  /** Virtual address past the highest byte. */
  long top() {
    return bottom + KernelImage.STACK_SIZE;
  }

  long rsp() {
    return rsp;
  }

  long rbp() {
    return rbp;
  }

  /** All bytes, from the lowest address on. */
  byte[] bytes() {
    return bytes.array();
  }

  KernelStack push(long value) {
    rsp -= Long.BYTES;
    bytes.putLong(offset(rsp), value);
    return this;
  }

  /** Calls a function and runs its prologue. */
  KernelStack call(long returnAddress, MachineCode callee) {
    push(returnAddress);
    push(rbp);
    rbp = rsp;
    rsp -= callee.frameSize();
    return this;
  }

  /** Stores a local variable at an offset from rbp. */
  KernelStack local(int fromRbp, long value) {
    bytes.putLong(offset(rbp + fromRbp), value);
    return this;
  }

  /** Stores a 32-bit local variable at an offset from rbp. */
  KernelStack localInt(int fromRbp, int value) {
    bytes.putInt(offset(rbp + fromRbp), value);
    return this;
  }

  private int offset(long virtualAddress) {
    return Math.toIntExact(virtualAddress - bottom);
  }
}
