package org.vmcore.gdbstub.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Writer;
import java.util.Optional;

/**
 * The program's standard output and standard error while a command runs, and the one way to them:
 * {@code System.out} and {@code System.err} lead here too, so that what libraries, logs and stack
 * traces print does. Two things hold of all of it:
 *
 * <ul>
 *   <li>What a terminal would obey is made visible ({@link VisibleStream}).
 *   <li>Standard output that cannot be written ends the command with an {@link
 *       CheckedStream.FailedException}, and is not lost in silence as a {@link PrintStream} has it.
 * </ul>
 */
final class Output implements AutoCloseable {
  private static final String ERASE_LINE = "\r\033[K";

  private static Optional<Output> current = Optional.empty();

  private final PrintStream outBefore = System.out;
  private final PrintStream errBefore = System.err;
  private final CheckedStream out;
  private final OutputStream err;

  private Output(OutputStream out, OutputStream err) {
    this.out = new CheckedStream(out);
    this.err = err;
  }

  /** From now on all output goes this way, until it is closed. */
  static Output open(OutputStream out, OutputStream err) {
    Output output = new Output(out, err);
    System.setOut(new PrintStream(new VisibleStream(output.out), false, UTF_8));
    System.setErr(new PrintStream(new VisibleStream(err), true, UTF_8));
    current = Optional.of(output);
    return output;
  }

  /** Standard output for what is no text: nothing in it is made visible. */
  static OutputStream raw() {
    System.out.flush();
    return current.<OutputStream>map(output -> output.out).orElse(System.out);
  }

  /** Leaves the last line of the terminal that is standard error empty for what comes next. */
  static void eraseLine() {
    System.err.flush();
    try {
      OutputStream terminal = current.map(output -> output.err).orElse(System.err);
      terminal.write(ERASE_LINE.getBytes(UTF_8));
      terminal.flush();
    } catch (IOException e) {
      // Nobody sees it then.
      return;
    }
  }

  /** Standard output as a writer that leaves it to {@link #shown} when to write. */
  static Writer writer() {
    return new Writer() {
      @Override
      public void write(char[] text, int from, int length) {
        System.out.print(new String(text, from, length));
      }

      @Override
      public void flush() {
        // When a record is whole.
      }

      @Override
      public void close() {
        // It is not this writer's own.
      }
    };
  }

  /** A record of an answer is whole: it may be seen from now on. */
  static void shown() {
    current.ifPresent(output -> output.out.commit());
  }

  /** Nothing may come for a while. */
  static void stillBusy() {
    current.ifPresent(output -> output.out.writeOld());
  }

  /** Takes back what nobody has seen yet: an error takes its place. */
  static void forget() {
    current.ifPresent(output -> output.out.forget());
  }

  /**
   * Writes what is left.
   *
   * @throws CheckedStream.FailedException when it cannot be written
   */
  void finish() {
    System.out.flush();
  }

  @Override
  public void close() {
    System.setOut(outBefore);
    System.setErr(errBefore);
    current = Optional.empty();
  }
}
