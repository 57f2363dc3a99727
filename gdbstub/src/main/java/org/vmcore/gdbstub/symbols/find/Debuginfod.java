package org.vmcore.gdbstub.symbols.find;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.api.Progress;

/**
 * Debugging information by build id from debuginfod servers and from the cache that its client
 * shares with gdb and others (elfutils, debuginfod_find_debuginfo(3) and debuginfod(8)).
 *
 * @param cache a directory for each build id is in it
 * @param servers asked in this order
 * @param patience how long a server may send less than {@value #LEAST} bytes
 */
public record Debuginfod(Path cache, List<URI> servers, Duration patience) {
  private static final Logger LOG = LoggerFactory.getLogger(Debuginfod.class);

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration USUAL_PATIENCE = Duration.ofSeconds(90);

  /** As the client has it (DEBUGINFOD_TIMEOUT). */
  private static final long LEAST = 100 << 10;

  private static final long POLL_MILLIS = 100;
  private static final int OK = 200;

  /**
   * What came of looking for a file.
   *
   * @param without the places that did not have it, for people
   */
  record Lookup(Optional<Path> file, List<String> without) {}

  public Debuginfod {
    servers = List.copyOf(servers);
  }

  /**
   * As the client's environment says: DEBUGINFOD_CACHE_PATH, else XDG_CACHE_HOME; DEBUGINFOD_URLS;
   * DEBUGINFOD_TIMEOUT in seconds.
   */
  public static Debuginfod fromEnvironment(Map<String, String> environment) {
    String own = environment.getOrDefault("DEBUGINFOD_CACHE_PATH", "");
    String home = environment.getOrDefault("HOME", "/");
    String caches = environment.getOrDefault("XDG_CACHE_HOME", home + "/.cache");
    Path cache = own.isEmpty() ? Path.of(caches, "debuginfod_client") : Path.of(own);
    List<URI> servers = new ArrayList<>();
    for (String url : environment.getOrDefault("DEBUGINFOD_URLS", "").split("\\s+", -1)) {
      // Words such as ima:enforcing stand among them.
      if (url.matches("https?://.+")) {
        try {
          servers.add(URI.create(url.endsWith("/") ? url : url + "/"));
        } catch (IllegalArgumentException e) {
          LOG.warn("DEBUGINFOD_URLS: {}", e.getMessage());
        }
      }
    }
    String seconds = environment.getOrDefault("DEBUGINFOD_TIMEOUT", "");
    return new Debuginfod(
        cache,
        servers,
        seconds.matches("[1-9]\\d{0,6}")
            ? Duration.ofSeconds(Long.parseLong(seconds))
            : USUAL_PATIENCE);
  }

  /** The same without servers. */
  public Debuginfod offline() {
    return new Debuginfod(cache, List.of(), patience);
  }

  /** Where the cache has, or would have, the debugging information for a build id. */
  Path cached(String buildId) {
    return cache.resolve(buildId).resolve("debuginfo");
  }

  /**
   * The file with debugging information for a build id, from the cache or else from a server.
   *
   * @param right whether a file is what it should be; no other is kept
   */
  Lookup find(String buildId, Predicate<Path> right, Progress progress) {
    Path file = cached(buildId);
    // The client leaves an empty file where no server had it, which is not right either.
    if (Files.isRegularFile(file) && right.test(file)) {
      return new Lookup(Optional.of(file), List.of());
    }
    List<String> without = new ArrayList<>(List.of(cache.toString()));
    if (servers.isEmpty()) {
      // A client takes a tenth of a second to make.
      return new Lookup(Optional.empty(), without);
    }
    HttpClient client =
        HttpClient.newBuilder().followRedirects(Redirect.NORMAL).connectTimeout(CONNECT).build();
    for (URI server : servers) {
      try {
        URI uri = server.resolve("buildid/" + buildId + "/debuginfo");
        Optional<String> problem = download(client, uri, file, right, progress);
        if (problem.isEmpty()) {
          return new Lookup(Optional.of(file), List.copyOf(without));
        }
        without.add("%s (%s)".formatted(server, problem.get()));
      } catch (ConnectException | HttpConnectTimeoutException e) {
        without.add(server + " (cannot be reached)");
      } catch (IOException e) {
        without.add("%s (%s)".formatted(server, e.getMessage()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    return new Lookup(Optional.empty(), List.copyOf(without));
  }

  /** Gets a file; or else says why not. */
  private Optional<String> download(
      HttpClient client, URI uri, Path file, Predicate<Path> right, Progress progress)
      throws IOException, InterruptedException {
    Files.createDirectories(cache);
    Path part = Files.createTempFile(cache, ".vmlinux.", ".part");
    try {
      AtomicLong size = new AtomicLong();
      CompletableFuture<HttpResponse<Path>> response =
          client.sendAsync(
              HttpRequest.newBuilder(uri).build(),
              head -> {
                size.set(head.headers().firstValueAsLong("Content-Length").orElse(0));
                return head.statusCode() == OK
                    ? BodySubscribers.ofFile(part)
                    : BodySubscribers.replacing(part);
              });
      int status = await(response, part, size, progress);
      if (status != OK) {
        return Optional.of("does not have it: HTTP " + status);
      }
      if (!right.test(part)) {
        return Optional.of("sent another file");
      }
      Files.createDirectories(file.getParent());
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      return Optional.empty();
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private int await(
      CompletableFuture<HttpResponse<Path>> response, Path part, AtomicLong size, Progress progress)
      throws IOException, InterruptedException {
    long mark = 0;
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        return response.get(POLL_MILLIS, TimeUnit.MILLISECONDS).statusCode();
      } catch (TimeoutException e) {
        long done = Files.size(part);
        if (size.get() > 0) {
          progress.update("downloading vmlinux", done, Math.max(size.get(), done));
        }
        if (done - mark >= LEAST) {
          mark = done;
          deadline = System.nanoTime() + patience.toNanos();
        } else if (System.nanoTime() - deadline > 0) {
          response.cancel(true);
          throw new IOException("too slow", e);
        }
      } catch (ExecutionException e) {
        throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
      }
    }
  }
}
