package org.vmcore.remote;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;

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
}
