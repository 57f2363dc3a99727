package org.vmcore.gdbstub.inspect.query;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * A question whose answer is bytes: to people it is shown as text, to a program or a file it goes
 * as it is. Where somebody else may ask, as a debugger elsewhere or an assistant, no file is
 * written.
 *
 * @param <A> the answer
 */
public abstract class BytesQuery<A> extends Query<A> {
  /** Whether it is bytes that were asked for, and not only words about them. */
  public boolean isOfBytes() {
    return true;
  }

  /** The file that the bytes are wanted in; empty where they go to the output. */
  public abstract Optional<String> output();

  /** Writes the bytes; what is not there, of which the notes tell, is zeros. */
  public abstract void write(A answer, OutputStream out)
      throws IOException, NoAnswerException, MissingFactException, KernelReadException;

  /** What crash says once a file has been written; empty where it says nothing. */
  public Optional<String> copied() {
    return Optional.empty();
  }

  /** Refuses a file where none is written. */
  static void refuseFile(Query<?> query) throws NoAnswerException {
    if (query instanceof BytesQuery<?> bytes && bytes.output().isPresent()) {
      throw NoAnswerException.usage(
          "no file is written for a debugger or as JSON; on the machine with the dump:"
              + " vmcore-gdbserver "
              + Answering.name(query));
    }
  }
}
