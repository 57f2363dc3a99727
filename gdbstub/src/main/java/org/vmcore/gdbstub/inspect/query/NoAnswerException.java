package org.vmcore.gdbstub.inspect.query;

/** Why a question cannot be answered as it was asked. */
public final class NoAnswerException extends Exception {
  /** What there is to do about it. */
  public enum Reason {
    /** The words are not of the question's form. */
    USAGE,
    /** What was named is not in this dump. */
    NOT_THERE
  }

  private final Reason reason;

  private NoAnswerException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  /** The words are not of the question's form; the message says what is wrong with them. */
  public static NoAnswerException usage(String message) {
    return new NoAnswerException(Reason.USAGE, message);
  }

  /** What was named is not in this dump, such as a task that there is none of. */
  public static NoAnswerException notThere(String message) {
    return new NoAnswerException(Reason.NOT_THERE, message);
  }

  public Reason reason() {
    return reason;
  }
}
