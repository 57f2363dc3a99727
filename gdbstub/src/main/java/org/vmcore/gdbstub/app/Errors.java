package org.vmcore.gdbstub.app;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Errors as users see them: one line, and a stack trace only with {@code --debug}. */
final class Errors {
  private Errors() {}

  static int usage(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    command.getErr().println("vmcore-gdbserver: " + firstLine(String.valueOf(e.getMessage())));
    command
        .getErr()
        .println("Try '" + command.getCommandSpec().qualifiedName() + " --help' for its usage.");
    return ExitCode.USAGE;
  }

  static int execution(Exception e, CommandLine command, ParseResult parsed) {
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
