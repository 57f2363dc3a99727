package org.vmcore.gdbstub.linux.types;

/**
 * Why a kernel object, or a member of one, cannot be had of a dump: the kernel has no such type or
 * member, its memory is not in the dump, or its value is none that it could have. The message names
 * the object's address and the way to the member.
 */
public final class KernelReadException extends Exception {
  /** What a reader may want to do something about. */
  public enum Reason {
    /** This kernel has no such type or member. */
    ABSENT,
    /** Memory cannot be read. */
    UNREADABLE,
    /** What was read cannot be. */
    IMPLAUSIBLE
  }

  private final Reason reason;

  public KernelReadException(Reason reason, String message) {
    // Expected, and often many: no stack trace.
    super(message, null, false, false);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
