package org.vmcore.gdbstub.inspect.shell;

import java.io.Writer;

/** A sink as a writer; what it is given is not held back. */
final class SinkWriter extends Writer {
  private final ShellIo.Sink sink;

  SinkWriter(ShellIo.Sink sink) {
    this.sink = sink;
  }

  @Override
  public void write(char[] text, int from, int length) {
    sink.print(new String(text, from, length));
  }

  @Override
  public void flush() {
    sink.shown();
  }

  @Override
  public void close() {
    // It is not this writer's own.
  }
}
