package org.vmcore.gdbstub.inspect.query;

import java.util.List;
import org.vmcore.arch.api.MissingFactException;
import org.vmcore.gdbstub.inspect.view.Text;
import org.vmcore.gdbstub.linux.types.KernelReadException;

/**
 * A question that can be asked of a crashed machine: in a debugger as {@code monitor NAME}, on the
 * command line as {@code NAME VMCORE}. It finds out records, which are shown as text or as JSON.
 *
 * <p>To add one: a class with picocli's annotations, {@code @Command} with its name and help and
 * {@code @Option} and {@code @Parameters} for what it takes; records for its answer in the same
 * package; a line in the registry, {@code Queries.ALL}; a test. Its JSON is made from the records
 * ({@link org.vmcore.gdbstub.inspect.view.Fields}), and {@code docs/schema} from their types. An
 * object of it answers one call.
 *
 * @param <A> a record, or a sealed interface of records where options ask for one or another
 */
public abstract class Query<A> {
  /** Of the JSON that it answers with: raised with each change of a key, of a type or a meaning. */
  public int version() {
    return 1;
  }

  /** Whether it is about what a debugger has chosen, and so is none for the command line. */
  public boolean isOfSession() {
    return false;
  }

  /** Whether a word that begins with a dash and is no option is a word, such as a number. */
  public boolean takesDashes() {
    return false;
  }

  /**
   * Options that crash has and that mean nothing here: what they choose is done anyway, or there is
   * no other way. People have them in their fingers and files.
   */
  public List<String> takesForNothing() {
    return List.of();
  }

  /**
   * Finds out. What takes long is left to the answer's {@link Rows}.
   *
   * @throws NoAnswerException when the words are wrong, or what they name is not there
   * @throws MissingFactException when the dump does not tell what is needed
   * @throws KernelReadException when the kernel lacks what it takes, or the dump does
   */
  public abstract A answer(Call call)
      throws NoAnswerException, MissingFactException, KernelReadException;

  /** Prints an answer as crash lays it out, or as near to it as what crash does not have. */
  public abstract void print(A answer, Text out);

  /** Whether more than one of some options is given that exclude each other. */
  protected static boolean isMoreThanOne(boolean... given) {
    int count = 0;
    for (boolean one : given) {
      count += one ? 1 : 0;
    }
    return count > 1;
  }
}
