package org.vmcore.dumpreader.api;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The URI of a remote file as a {@link Path}, which is what all that takes the name of a file
 * takes.
 *
 * <p>A path has no empty names, so {@code https://host/a//b} would lose two slashes: where one
 * stands before another, or at the end, a mark is put between, which no URI can have (RFC 3986,
 * "Characters"). A path without marks, as a library's caller may make it of a simple URI, is
 * understood too.
 */
public final class RemoteName {
  private static final char MARK = 1;

  private static final Pattern URI =
      Pattern.compile("(?<scheme>https?|s3|gs|az|sftp|ssh):/+(?<rest>[^/].*)", Pattern.DOTALL);

  private RemoteName() {}

  /** The path for what a user wrote: a marked one for a URI, and the file's for all else. */
  public static Path path(String text) {
    Matcher uri = URI.matcher(text);
    if (!uri.matches()) {
      return Path.of(text);
    }
    String rest = uri.group("rest").replaceAll("/(?=/|$)", "/" + MARK);
    return Path.of(uri.group("scheme") + "://" + rest);
  }

  /** The URI that a path stands for; empty where it is a file's. */
  public static Optional<String> of(Path path) {
    Matcher uri = URI.matcher(path.toString());
    return uri.matches()
        ? Optional.of(
            uri.group("scheme") + "://" + uri.group("rest").replace(String.valueOf(MARK), ""))
        : Optional.empty();
  }
}
