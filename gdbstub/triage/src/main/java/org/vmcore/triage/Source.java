package org.vmcore.triage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.RemoteName;
import org.vmcore.dumpreader.input.FileErrors;

/**
 * One dump or log to be examined.
 *
 * @param found whether it was only found in a directory, where other files lie too
 * @param refusal why it is not to be opened
 * @param listed what a list of remote files says of it
 */
public record Source(Path path, boolean found, Optional<String> refusal, Optional<State> listed) {

  Source(Path path, boolean found, Optional<String> refusal) {
    this(path, found, refusal, Optional.empty());
  }

  static Source named(Path path) {
    return new Source(path, false, Optional.empty());
  }

  /** Its name in the database: of a URI without its query, which may be a secret. */
  public String name() {
    return RemoteName.of(path)
        .map(uri -> uri.replaceFirst("\\?.*", "?..."))
        .orElseGet(path::toString);
  }

  /** What was last seen of a file; empty of what is remote and was named, or is not there. */
  public Optional<State> state() {
    if (RemoteName.of(path).isPresent()) {
      return listed;
    }
    try {
      return Optional.of(new State(Files.size(path), Files.getLastModifiedTime(path).toMillis()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** What was last seen of a file. */
  public record State(long size, long modifiedMillis) {
    /** As {@link Column#VERSION} has it. */
    public String version() {
      return modifiedMillis + "-" + size;
    }
  }

  /** A reason in words. */
  static String words(Throwable e) {
    @Nullable String message = e.getMessage();
    String text =
        e instanceof IOException failure
            ? FileErrors.describe(failure)
            : message == null ? e.toString() : message;
    return text.lines().findFirst().orElse(e.toString());
  }
}
