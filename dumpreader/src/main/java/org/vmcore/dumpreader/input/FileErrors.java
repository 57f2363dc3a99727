package org.vmcore.dumpreader.input;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/** Words for what the JDK says of files only with an exception's class. */
public final class FileErrors {
  private FileErrors() {}

  /** What went wrong, and of which file where the exception knows it. */
  public static String describe(IOException e) {
    String file = e instanceof FileSystemException named ? named.getFile() : null;
    return file == null ? reason(e) : file + ": " + reason(e);
  }

  /** What went wrong, without the file's name where the exception keeps that apart. */
  public static String reason(Exception e) {
    if (e instanceof FileSystemException failure && failure.getReason() != null) {
      return failure.getReason();
    }
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "is there already";
    }
    if (e instanceof NotDirectoryException) {
      return "is no directory";
    }
    if (e instanceof FileSystemLoopException) {
      return "its links go round in a circle";
    }
    if (e instanceof FileSystemException) {
      return "the system could not do that with it";
    }
    if (e instanceof ClosedChannelException) {
      return "was closed while it was in use";
    }
    @Nullable String message = e.getMessage();
    if (message != null) {
      return message;
    }
    return e instanceof EOFException ? "it ends too early" : "input or output failed";
  }
}
