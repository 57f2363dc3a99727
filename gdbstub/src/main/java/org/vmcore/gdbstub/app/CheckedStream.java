package org.vmcore.gdbstub.app;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;

/**
 * Standard output, whose failures are told by an exception that no {@link PrintStream} on the way
 * keeps to itself. What is written waits a little for what comes next.
 */
final class CheckedStream extends OutputStream {
  /** As shells tell that SIGPIPE ended a program: 128 and its number (signal(7)). */
  static final int BROKEN_PIPE = 128 + 13;

  /** More does not wait. */
  private static final int BUFFER = 64 << 10;

  /** Nor does anything for longer. */
  private static final long PATIENCE_NANOS = 50_000_000;

  private final OutputStream real;
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();
  private boolean committed;
  private long written;

  /** Standard output could not be written. */
  static final class FailedException extends UncheckedIOException {
    private final String reason;

    private FailedException(IOException cause) {
      super(cause);
      this.reason = String.valueOf(cause.getMessage());
    }

    /** What the system says. */
    String reason() {
      return reason;
    }

    /** Whether who read it has gone (EPIPE), which ends programs in silence. */
    boolean isBrokenPipe() {
      return reason.contains("Broken pipe");
    }
  }

  CheckedStream(OutputStream real) {
    this.real = real;
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int from, int length) {
    buffer.write(bytes, from, length);
    if (buffer.size() >= BUFFER) {
      flush();
    }
  }

  /** What was written so far may be seen. */
  synchronized void commit() {
    committed = true;
    writeOld();
  }

  /** Writes what has waited long enough. */
  synchronized void writeOld() {
    if (committed && buffer.size() > 0 && System.nanoTime() - written > PATIENCE_NANOS) {
      flush();
    }
  }

  /** Takes back what may not be seen yet. */
  synchronized void forget() {
    if (!committed) {
      buffer.reset();
    }
  }

  @Override
  public synchronized void flush() {
    byte[] bytes = buffer.toByteArray();
    buffer.reset();
    if (bytes.length > 0) {
      committed = true;
      try {
        real.write(bytes);
        real.flush();
      } catch (IOException e) {
        throw new FailedException(e);
      }
    }
    written = System.nanoTime();
  }
}
