package org.vmcore.dumpreader.api;

import java.io.IOException;

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
}
