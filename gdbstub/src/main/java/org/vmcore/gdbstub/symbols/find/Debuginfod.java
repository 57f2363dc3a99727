package org.vmcore.gdbstub.symbols.find;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.input.FileErrors;

/**
 * Debugging information by build id from debuginfod servers and from the cache that its client
 * shares with gdb and others (elfutils, debuginfod_find_debuginfo(3) and debuginfod(8)).
 */
public final class Debuginfod {
  private static final Logger LOG = LoggerFactory.getLogger(Debuginfod.class);

  /**
   * Somebody waits, who may not even know that a server is asked: where it has to be waited for
   * longer, DEBUGINFOD_TIMEOUT says so.
   */
  private static final Download.Patience USUAL =
      new Download.Patience(Duration.ofSeconds(5), Duration.ofSeconds(8), Duration.ofSeconds(20));

  /** Larger than any vmlinux. */
  private static final long LARGEST = 16L << 30;

  /**
   * What came of looking for a file.
   *
   * @param without the places that did not have it, for people
   */
  record Lookup(Optional<Path> file, List<String> without) {}

  private final Path cache;
  private final List<URI> servers;
  private final Download.Patience patience;
  private final long largest;

  /**
   * @param cache a directory for each build id is in it
   * @param servers asked in this order
   * @param patience how long each is waited for
   * @param largest bytes that a file may have
   */
  Debuginfod(Path cache, List<URI> servers, Download.Patience patience, long largest) {
    this.cache = cache;
    this.servers = List.copyOf(servers);
    this.patience = patience;
    this.largest = largest;
  }

  Path cache() {
    return cache;
  }

  List<URI> servers() {
    return servers;
  }

  Download.Patience patience() {
    return patience;
  }

  /**
   * As the client's environment says: DEBUGINFOD_CACHE_PATH, else XDG_CACHE_HOME; DEBUGINFOD_URLS;
   * DEBUGINFOD_TIMEOUT in seconds; DEBUGINFOD_MAXSIZE in bytes.
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
    return new Debuginfod(
        cache,
        servers,
        number(environment, "DEBUGINFOD_TIMEOUT").map(Debuginfod::patience).orElse(USUAL),
        number(environment, "DEBUGINFOD_MAXSIZE").orElse(LARGEST));
  }

  private static Optional<Long> number(Map<String, String> environment, String name) {
    String text = environment.getOrDefault(name, "");
    return text.matches("[1-9]\\d{0,15}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }

  private static Download.Patience patience(long seconds) {
    Duration given = Duration.ofSeconds(Math.min(seconds, Integer.MAX_VALUE));
    Duration connect = given.compareTo(USUAL.connect()) < 0 ? given : USUAL.connect();
    return new Download.Patience(connect, given, given);
  }

  /** The same without servers. */
  public Debuginfod offline() {
    return new Debuginfod(cache, List.of(), patience, largest);
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
    for (URI server : servers) {
      progress.say(
          "debuginfod: asking %s for the vmlinux with build id %s; unset DEBUGINFOD_URLS to ask nobody"
              .formatted(server, buildId));
      try {
        download(server, buildId, right, progress);
        return new Lookup(Optional.of(file), List.copyOf(without));
      } catch (Download.FailedException e) {
        progress.say("debuginfod: %s %s".formatted(server, e.getMessage()));
        without.add("%s (%s)".formatted(server, e.getMessage()));
      } catch (IOException e) {
        without.add("%s (no file can be made in %s)".formatted(server, cache));
        LOG.warn("debuginfod: no file can be made in {}: {}", cache, FileErrors.reason(e));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    return new Lookup(Optional.empty(), List.copyOf(without));
  }

  private void download(URI server, String buildId, Predicate<Path> right, Progress progress)
      throws IOException, InterruptedException {
    URI uri = server.resolve("buildid/" + buildId + "/debuginfo");
    createPrivately(cache);
    try (PartFile part = PartFile.create(cache)) {
      new Download(uri, part, patience, largest).run(progress);
      if (!right.test(part.path())) {
        throw new Download.FailedException("sent another file");
      }
      createPrivately(cache.resolve(buildId));
      part.moveTo(cached(buildId));
    }
  }

  /** As the client does: what was looked at is nobody else's business. */
  private static void createPrivately(Path directory) throws IOException {
    boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
    Files.createDirectories(
        directory,
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
            }
            : new FileAttribute<?>[0]);
  }
}
