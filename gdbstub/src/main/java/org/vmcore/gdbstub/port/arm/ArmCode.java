package org.vmcore.gdbstub.port.arm;

/** Instructions of Arm code (Arm Architecture Reference Manual, A8.8). */
final class ArmCode {
  private ArmCode() {}

  /** Whether it is a PUSH, of several registers, one, or VFP's, or a SUB from the stack pointer. */
  static boolean lowersStack(int code) {
    return (code & 0x0fff0000) == 0x092d0000
        || (code & 0x0fff0fff) == 0x052d0004
        || (code & 0x0fbf0f00) == 0x0d2d0b00
        || (code & 0x0ffff000) == 0x024dd000;
  }
}
