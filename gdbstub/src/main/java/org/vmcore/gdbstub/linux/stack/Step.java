package org.vmcore.gdbstub.linux.stack;

/** What is beyond a frame. */
public sealed interface Step {
  /** The frame that it returns to. */
  record To(Frame frame) implements Step {}

  /** None. */
  enum Stop implements Step {
    /** It is where the stack begins. */
    END,
    /** It cannot be told. */
    LOST
  }
}
