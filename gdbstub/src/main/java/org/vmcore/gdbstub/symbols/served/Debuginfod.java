package org.vmcore.gdbstub.symbols.served;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.Progress;

/**
 * Debugging information by build id from debuginfod servers and from the cache that its client
 * shares with gdb and others (elfutils, debuginfod_find_debuginfo(3) and debuginfod(8)).
 */
public final class Debuginfod {
  private static final Logger LOG = LoggerFactory.getLogger(Debuginfod.class);

  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final int BUFFER = 1 << 16;

  private final Path cache;
  private final List<URI> servers;

  /**
   * @param cache a directory for each build id is in it
   */
  public Debuginfod(Path cache, List<URI> servers) {
    this.cache = cache;
    this.servers = List.copyOf(servers);
  }

  /**
   * As the client's environment says: DEBUGINFOD_CACHE_PATH, else XDG_CACHE_HOME; DEBUGINFOD_URLS.
   */
  public static Debuginfod fromEnvironment(Map<String, String> environment) {
    String own = environment.getOrDefault("DEBUGINFOD_CACHE_PATH", "");
    String home = environment.getOrDefault("HOME", "/");
    String caches = environment.getOrDefault("XDG_CACHE_HOME", home + "/.cache");
    Path cache = own.isEmpty() ? Path.of(caches, "debuginfod_client") : Path.of(own);
    return new Debuginfod(
        cache,
        Arrays.stream(environment.getOrDefault("DEBUGINFOD_URLS", "").split("\\s+", -1))
            .filter(url -> url.matches("https?://\\S+"))
            .map(url -> URI.create(url.endsWith("/") ? url : url + "/"))
            .toList());
  }

  /** The file with debugging information for a build id, from the cache or else from a server. */
  Optional<Path> debugInfo(String buildId, Progress progress) {
    Path file = cache.resolve(buildId).resolve("debuginfo");
    try {
      // The client leaves an empty file where no server had it.
      if (Files.isRegularFile(file) && Files.size(file) > 0) {
        return Optional.of(file);
      }
    } catch (IOException e) {
      LOG.warn("{}: {}", file, e.getMessage());
    }
    for (URI server : servers) {
      try {
        if (download(server.resolve("buildid/" + buildId + "/debuginfo"), file, progress)) {
          return Optional.of(file);
        }
      } catch (IOException e) {
        LOG.warn("{}: {}; going on without", server, e.toString());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private static boolean download(URI uri, Path file, Progress progress)
      throws IOException, InterruptedException {
    HttpClient client =
        HttpClient.newBuilder().followRedirects(Redirect.NORMAL).connectTimeout(TIMEOUT).build();
    HttpResponse<InputStream> response =
        client.send(
            HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(), BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      if (response.statusCode() != 200) {
        LOG.info("{}: not there ({})", uri, response.statusCode());
        return false;
      }
      long size = response.headers().firstValueAsLong("Content-Length").orElse(0);
      Files.createDirectories(file.getParent());
      Path part = Files.createTempFile(file.getParent(), "debuginfo.", ".part");
      try {
        try (OutputStream out = Files.newOutputStream(part)) {
          byte[] buffer = new byte[BUFFER];
          long done = 0;
          for (int got = body.read(buffer); got >= 0; got = body.read(buffer)) {
            out.write(buffer, 0, got);
            done += got;
            progress.update("downloading vmlinux", done, Math.max(size, done));
          }
          if (size > 0 && done < size) {
            throw new IOException("ended after %d of %d bytes".formatted(done, size));
          }
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        return true;
      } finally {
        Files.deleteIfExists(part);
      }
    }
  }
}
