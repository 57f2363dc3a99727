package org.vmcore.remote;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;

/** Adds to a request what a server must know of who sends it. */
@FunctionalInterface
interface HttpSigner {
  /**
   * Adds headers.
   *
   * @param target that the request goes to
   * @throws IOException when there is nothing to sign it with
   */
  void sign(URI target, HttpRequest.Builder request) throws IOException;
}
