package org.vmcore.gdbstub.inspect.query;

/**
 * A question that a kernel's log alone answers too, if less.
 *
 * @param <A> the answer
 */
public abstract class LogQuery<A> extends Query<A> {
  /**
   * Finds out from a log.
   *
   * @param log as it was printed, in lines
   * @throws NoAnswerException when the words are wrong, or the log tells nothing of it
   */
  public abstract A answer(String log) throws NoAnswerException;
}
