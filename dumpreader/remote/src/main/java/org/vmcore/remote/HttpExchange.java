package org.vmcore.remote;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Asks an HTTP server for one object (RFC 9110), along its redirects. What may be better a moment
 * later fails with a {@link Retries.TemporaryException}.
 */
final class HttpExchange {
  private static final int MOST_REDIRECTS = 10;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  /** RFC 9110, "Status Codes", and RFC 6585 for 429. */
  private static final Set<Integer> TEMPORARY = Set.of(408, 425, 429, 500, 502, 503, 504);

  /** What an address that a redirect has led to says when its time is over. */
  private static final Set<Integer> OVER = Set.of(401, 403, 404, 410);

  private final RemoteUri named;
  private final HttpSigner signer;
  private final Patience patience;
  private final HttpClient client;

  /** Where redirects have led to; asked first the next time. */
  private volatile URI current;

  /**
   * How long a server is waited for.
   *
   * @param connect until it takes the connection
   * @param stall until it answers, and then until it sends more
   */
  record Patience(Duration connect, Duration stall) {
    static Patience usual() {
      return new Patience(Duration.ofSeconds(10), Duration.ofSeconds(30));
    }
  }

  /** A status line with its headers. */
  record Answer(int status, HttpHeaders headers, long bodyBytes) {
    String header(String name) {
      return headers.firstValue(name).orElse("");
    }
  }

  /** Decides by the head of an answer where its body goes. */
  @FunctionalInterface
  interface Choice {
    LimitedBody of(int status, HttpHeaders headers);
  }

  HttpExchange(RemoteUri named, HttpSigner signer, Patience patience) {
    this(
        named,
        signer,
        patience,
        HttpClient.newBuilder()
            .followRedirects(Redirect.NEVER)
            .connectTimeout(patience.connect())
            // Pieces come over connections of their own at once.
            .version(Version.HTTP_1_1)
            .build());
  }

  private HttpExchange(RemoteUri named, HttpSigner signer, Patience patience, HttpClient client) {
    this.named = named;
    this.signer = signer;
    this.patience = patience;
    this.current = named.uri();
    this.client = client;
  }

  /** The same for something else, over the same connections. */
  HttpExchange of(RemoteUri other) {
    return new HttpExchange(other, signer, patience, client);
  }

  /**
   * Sends one request, and others where the answer is a redirect.
   *
   * @throws Retries.TemporaryException when another try may succeed
   * @throws IOException when none will
   */
  Answer get(Consumer<HttpRequest.Builder> headers, Choice choice, Traffic traffic)
      throws IOException {
    URI target = current;
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      Answer answer = once(target, headers, choice, traffic);
      // S3 answers so, without a place, in another region than the bucket's.
      if (REDIRECTS.contains(answer.status()) && !answer.header("Location").isEmpty()) {
        target = redirected(named.shown(), target, answer.header("Location"));
        continue;
      }
      if (OVER.contains(answer.status()) && !current.equals(named.uri())) {
        current = named.uri();
        throw new Retries.TemporaryException(failure(answer), Duration.ZERO);
      }
      if (TEMPORARY.contains(answer.status())) {
        throw new Retries.TemporaryException(failure(answer), pause(answer));
      }
      current = target;
      return answer;
    }
    throw new IOException(named.shown() + ": more than " + MOST_REDIRECTS + " redirects");
  }

  /** What an unexpected answer means. */
  String failure(Answer answer) {
    String meaning =
        switch (answer.status()) {
          case 401 ->
              " (who asks is not known: "
                  + HttpCredentials.TOKEN
                  + ", or "
                  + HttpCredentials.USER
                  + " and "
                  + HttpCredentials.PASSWORD
                  + ", or ~/.netrc say who)";
          case 403 -> " (not allowed)";
          case 404, 410 -> " (not there)";
          case 301, 307 -> " and no place (AWS_REGION is the bucket's region)";
          case 429, 503 -> " (too busy)";
          default -> "";
        };
    return named.shown() + ": the server answers HTTP " + answer.status() + meaning;
  }

  /**
   * Where a redirect leads to.
   *
   * @throws IOException when that is no HTTP server, or others could read what before they could
   *     not
   */
  static URI redirected(String shown, URI from, String location) throws IOException {
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new IOException(shown + ": redirected to what is no URI", e);
    }
    String scheme = String.valueOf(to.getScheme());
    boolean safe =
        scheme.equalsIgnoreCase("https")
            || (scheme.equalsIgnoreCase("http") && "http".equalsIgnoreCase(from.getScheme()));
    if (!safe || to.getHost() == null) {
      throw new IOException(
          "%s: refuses to be redirected from %s to %s"
              .formatted(shown, from.getScheme(), scheme.replaceAll("\\W", "?")));
    }
    return to;
  }

  private static Duration pause(Answer answer) {
    String seconds = answer.header("Retry-After");
    return seconds.matches("\\d{1,6}")
        ? Duration.ofSeconds(Long.parseLong(seconds))
        : Duration.ZERO;
  }

  private Answer once(
      URI target, Consumer<HttpRequest.Builder> headers, Choice choice, Traffic traffic)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(withoutUser(target))
            .timeout(patience.stall())
            // What is compressed on the way has other positions.
            .header("Accept-Encoding", "identity");
    headers.accept(request);
    signer.sign(target, request);
    CompletableFuture<LimitedBody> started = new CompletableFuture<>();
    BodyHandler<Long> handler =
        head -> {
          LimitedBody body = choice.of(head.statusCode(), head.headers());
          started.complete(body);
          return body;
        };
    traffic.request();
    HttpResponse<Long> response = await(client.sendAsync(request.build(), handler), started);
    traffic.received(response.body());
    return new Answer(response.statusCode(), response.headers(), response.body());
  }

  /** Its user goes to the signer, not into the request. */
  private static URI withoutUser(URI target) {
    return target.getRawUserInfo() == null
        ? target
        : URI.create(target.toString().replaceFirst("//[^/@]*@", "//"));
  }

  private HttpResponse<Long> await(
      CompletableFuture<HttpResponse<Long>> response, CompletableFuture<LimitedBody> started)
      throws IOException {
    try {
      while (true) {
        LimitedBody body = started.getNow(null);
        long since = body == null ? System.nanoTime() : body.lastNanos();
        long left = patience.stall().toNanos() - (System.nanoTime() - since);
        if (left <= 0) {
          throw temporary("sends nothing more");
        }
        try {
          return response.get(left, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          if (body == null && !started.isDone()) {
            throw temporary("does not answer");
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(named.shown() + ": interrupted");
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    } finally {
      LimitedBody body = started.getNow(null);
      if (body != null) {
        body.cancel(new IOException("not needed any more"));
      }
      response.cancel(true);
    }
  }

  private Retries.TemporaryException temporary(String what) {
    return new Retries.TemporaryException(named.shown() + ": the server " + what, Duration.ZERO);
  }

  private IOException failure(@Nullable Throwable cause) {
    for (Throwable e = cause; e != null; e = e.getCause()) {
      if (e instanceof UnresolvedAddressException) {
        return new IOException(named.shown() + ": its host is not known");
      }
    }
    if (cause instanceof ConnectException) {
      return temporary("cannot be reached");
    }
    if (cause instanceof SSLException) {
      return new IOException(named.shown() + ": no safe connection: " + cause.getMessage());
    }
    for (Throwable e = cause; e != null; e = e.getCause()) {
      if (e instanceof ProtocolException || e instanceof RuntimeException) {
        // Whose messages quote what the server said, or are Java's own.
        return temporary("does not speak HTTP");
      }
    }
    return temporary(
        "broke off: " + (cause == null ? "for no reason" : String.valueOf(cause.getMessage())));
  }
}
