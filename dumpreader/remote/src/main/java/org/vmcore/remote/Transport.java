package org.vmcore.remote;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.RemoteFile;

/**
 * One way to remote files. To add one, implement this and add a line to {@link RemoteDumps}; its
 * schemes are in {@link org.vmcore.dumpreader.api.RemoteName}.
 */
interface Transport {
  /** Of the URIs that it opens, in lower case. */
  Set<String> schemes();

  /**
   * Opens one.
   *
   * @param cache what may be kept; empty when nothing may
   */
  DumpInput open(RemoteUri uri, Optional<RemoteCache> cache, OpenOptions options)
      throws IOException;

  /** Lists the files below one that ends in a slash. */
  default List<RemoteFile> list(RemoteUri uri, OpenOptions options) throws IOException {
    throw new IOException(
        uri.shown()
            + ": such a server has no list of its files; name each, or give a list of them");
  }
}
