package org.vmcore.dumpreader.api;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Files that lie elsewhere. An implementation is registered as a service, in jars that are loaded
 * when the first URI is named.
 */
public interface RemoteFiles {
  /**
   * Opens one to be read piece by piece.
   *
   * @param keep whether what was read may be kept in the user's cache
   * @throws IOException when it cannot be read; the message names it, without any secret in it
   */
  DumpInput open(String uri, boolean keep, OpenOptions options) throws IOException;

  /**
   * Brings a whole one here, for what needs a file. Without {@code keep} it is deleted when the
   * program ends.
   *
   * @throws IOException as {@link #open}
   */
  Path fetch(String uri, boolean keep, OpenOptions options) throws IOException;

  /**
   * Lists the files below a URI that ends in a slash, in the order of their names.
   *
   * @throws IOException as {@link #open}, and where such a server has no lists
   */
  List<RemoteFile> list(String uri, OpenOptions options) throws IOException;
}
