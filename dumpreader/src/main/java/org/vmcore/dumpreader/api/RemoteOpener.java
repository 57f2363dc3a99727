package org.vmcore.dumpreader.api;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Opens what lies elsewhere and is named by a URI. */
@FunctionalInterface
public interface RemoteOpener {
  /** Knows none. */
  RemoteOpener NONE =
      (uri, options) -> {
        throw new IOException("remote files cannot be opened here; copy it to a file");
      };

  /**
   * Opens it.
   *
   * @throws IOException when it cannot be read; the message names it, without any secret in it
   */
  DumpInput open(String uri, OpenOptions options) throws IOException;

  /**
   * Brings a whole one here, for what needs a file.
   *
   * @throws IOException as {@link #open}
   */
  default Path fetch(String uri, OpenOptions options) throws IOException {
    throw new IOException("remote files cannot be fetched here");
  }

  /**
   * Lists the files below a URI that ends in a slash, in the order of their names.
   *
   * @throws IOException when they cannot be listed, also where nothing of that kind ever can
   */
  default List<RemoteFile> list(String uri, OpenOptions options) throws IOException {
    throw new IOException("remote files cannot be listed here");
  }
}
