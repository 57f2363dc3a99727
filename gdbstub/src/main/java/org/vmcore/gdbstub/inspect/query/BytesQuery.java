package org.vmcore.gdbstub.inspect.query;

import java.io.IOException;
import java.io.OutputStream;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * A question whose answer is bytes: to people it is shown as text, to a program or a file it goes
 * as it is.
 *
 * @param <A> the answer
 */
public abstract class BytesQuery<A> extends Query<A> {
  /** Writes the bytes; what is not there, of which the notes tell, is zeros. */
  public abstract void write(A answer, OutputStream out)
      throws IOException, NoAnswerException, MissingFactException, KernelReadException;
}
