package org.vmcore.gdbstub.inspect.shell;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/** What a session of crash has outside of itself: a terminal or pipes, programs, files. */
public interface ShellIo {
  /** Where text goes; ends with {@link StoppedException} what nobody wants to see any more. */
  interface Sink extends Closeable {
    void print(String text);

    /** Where bytes go as they are; empty where people see what is printed. */
    default Optional<OutputStream> bytes() {
      return Optional.empty();
    }

    /** A record is whole: it may be seen from now on. */
    default void shown() {}

    @Override
    default void close() throws IOException {}
  }

  /** Output of a command that goes nowhere else. */
  Sink here();

  /** The input of a program that the shell starts; waits for its end when it is closed. */
  Sink program(String commandLine) throws IOException;

  /** A file that is written anew, or added to. */
  Sink file(String name, boolean append) throws IOException;

  /** Runs a command of the system's shell, and waits for its end. */
  void run(String commandLine) throws IOException;

  /** The text of a file of commands. */
  String read(String name) throws IOException;

  /** Called now and then while nothing is printed. */
  void stillBusy();

  /** What ends a command and not the session: its user does not want the rest. */
  final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StoppedException() {
      super(null, null, false, false);
    }
  }
}
