package org.vmcore.gdbstub.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import org.vmcore.dumpreader.input.FileErrors;
import org.vmcore.gdbstub.OutOfMemory;
import org.vmcore.gdbstub.inspect.query.Form;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Errors as users see them: one line, and a stack trace only with {@code --debug}. */
final class Errors {
  private Errors() {}

  static int usage(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    command.getErr().println("vmcore-gdbserver: " + firstLine(Form.problem(e)));
    command
        .getErr()
        .println("Try '" + command.getCommandSpec().qualifiedName() + " --help' for its usage.");
    return ExitCode.USAGE;
  }

  /**
   * @param word that is neither a command nor a file
   * @param meant a command that is near to it
   */
  static int unknownCommand(CommandLine command, String word, String meant) {
    command
        .getErr()
        .printf(
            "vmcore-gdbserver: '%s' is no command and no file; did you mean '%s'?%n", word, meant);
    return ExitCode.USAGE;
  }

  /** Standard output failed: in silence where its reader has gone, as with other programs. */
  static int output(CheckedStream.FailedException e) {
    if (e.isBrokenPipe()) {
      return CheckedStream.BROKEN_PIPE;
    }
    System.err.println("vmcore-gdbserver: standard output: " + e.reason());
    return ExitCode.SOFTWARE;
  }

  /** Of the whole process: the one command that it runs has ended. */
  static int outOfMemory() {
    System.err.println("vmcore-gdbserver: " + OutOfMemory.words());
    return ExitCode.SOFTWARE;
  }

  static int execution(Exception e, CommandLine command, ParseResult parsed) {
    if (e instanceof CheckedStream.FailedException failed) {
      return output(failed);
    }
    command.getErr().println("vmcore-gdbserver: " + firstLine(describe(e)));
    if (Logging.isDebug()) {
      e.printStackTrace(command.getErr());
    }
    return ExitCode.SOFTWARE;
  }

  /** Words for what the JDK says only with an exception's class. */
  static String describe(Throwable e) {
    if (e instanceof AccessDeniedException denied && denied.getReason() == null) {
      return denied.getFile() + ": permission denied; vmcores usually belong to root";
    }
    if (e instanceof IOException failure) {
      return FileErrors.describe(failure);
    }
    if (e instanceof UncheckedIOException && e.getCause() instanceof IOException failure) {
      return FileErrors.describe(failure);
    }
    return e instanceof RuntimeException
        ? "internal error: " + e + "; run again with --debug and report it"
        : String.valueOf(e.getMessage());
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("failed");
  }
}
