package org.vmcore.gdbstub.app;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
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
    if (e instanceof NoSuchFileException missing) {
      return missing.getFile() + ": no such file";
    }
    if (e instanceof AccessDeniedException denied) {
      return denied.getFile() + ": permission denied; vmcores usually belong to root";
    }
    if (e instanceof FileSystemException || e instanceof FileNotFoundException) {
      return String.valueOf(e.getMessage());
    }
    if (e instanceof IOException) {
      return e.getMessage() == null ? e.toString() : e.getMessage();
    }
    return e instanceof RuntimeException
        ? "internal error: " + e + "; run again with --debug and report it"
        : String.valueOf(e.getMessage());
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("failed");
  }
}
