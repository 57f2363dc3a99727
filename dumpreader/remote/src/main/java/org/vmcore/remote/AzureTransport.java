package org.vmcore.remote;

import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;

import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.RemoteFile;

/**
 * {@code az://container/blob}, of Azure's Blob Storage: HTTP, with a signature in the address or
 * with each request signed (Blob Storage REST API). Account, signature or key are those that
 * Azure's own tools take, see {@link AzureAccount}.
 */
final class AzureTransport implements Transport {
  /** "List Blobs", "Get Blob". */
  private static final BucketListing.Form LISTS =
      new BucketListing.Form(
          "restype=container&comp=list",
          "marker",
          "EnumerationResults",
          "NextMarker",
          "Blob",
          "Name",
          UnaryOperator.identity(),
          "Content-Length",
          "Last-Modified",
          AzureTransport::time);

  private final Map<String, String> environment;

  AzureTransport(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Set<String> schemes() {
    return Set.of("az");
  }

  @Override
  public DumpInput open(RemoteUri uri, Optional<RemoteCache> cache, OpenOptions options)
      throws IOException {
    AzureAccount account = AzureAccount.of(environment, uri);
    String path = uri.uri().getRawPath();
    if (path.length() < 2) {
      throw notOfAContainer(uri);
    }
    URI blob = at(account, uri, path);
    // What is kept is kept under the address without the signature, which is another each time.
    return HttpTransport.open(
        new RemoteUri(blob, uri.shown()),
        exchange(account, account.signed(blob, uri), uri),
        Retries.usual(),
        cache,
        options);
  }

  @Override
  public List<RemoteFile> list(RemoteUri uri, OpenOptions options) throws IOException {
    AzureAccount account = AzureAccount.of(environment, uri);
    URI container = account.signed(at(account, uri, ""), uri);
    return new BucketListing(uri, container, exchange(account, container, uri), LISTS)
        .all(options.progress());
  }

  private static HttpExchange exchange(AzureAccount account, URI address, RemoteUri uri) {
    HttpSigner signer =
        (target, request) -> {
          // Another server, where a redirect leads to, is not told.
          if (target.getRawAuthority().equals(address.getRawAuthority())) {
            account.sign(target, request, Instant.now());
          }
        };
    return new HttpExchange(
        new RemoteUri(address, uri.shown()), signer, HttpExchange.Patience.usual());
  }

  private static URI at(AzureAccount account, RemoteUri uri, String path) throws IOException {
    String container = uri.uri().getRawAuthority();
    if (!container.matches("[a-z0-9$][a-z0-9-]{1,62}")) {
      throw notOfAContainer(uri);
    }
    return URI.create(account.endpoint() + "/" + container + path);
  }

  private static IOException notOfAContainer(RemoteUri uri) {
    return new IOException(
        uri.shown() + ": is not az://CONTAINER/BLOB; the account is in AZURE_STORAGE_ACCOUNT");
  }

  private static Instant time(String text) {
    return ZonedDateTime.parse(text, RFC_1123_DATE_TIME).toInstant();
  }
}
