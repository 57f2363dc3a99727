package org.vmcore.remote;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;

/** {@code https://host/path} and {@code http://host/path}. */
final class HttpTransport implements Transport {
  private final Map<String, String> environment;

  HttpTransport(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Set<String> schemes() {
    return Set.of("http", "https");
  }

  @Override
  public DumpInput open(RemoteUri uri, Optional<RemoteCache> cache, OpenOptions options)
      throws IOException {
    HttpSigner signer = new HttpCredentials(environment, uri.uri());
    HttpExchange exchange = new HttpExchange(uri, signer, HttpExchange.Patience.usual());
    return open(uri, exchange, Retries.usual(), cache, options);
  }

  /** Opens it by ranges, or else as a whole. */
  static DumpInput open(
      RemoteUri uri,
      HttpExchange exchange,
      Retries retries,
      Optional<RemoteCache> cache,
      OpenOptions options)
      throws IOException {
    Traffic traffic = new Traffic();
    HttpObject object;
    try {
      object = HttpObject.open(uri, exchange, retries, traffic);
    } catch (HttpObject.NoRangesException e) {
      return WholeInput.fetch(uri, exchange, retries, traffic, options);
    }
    return RemoteInput.of(object, uri, cache, traffic, options.progress());
  }
}
