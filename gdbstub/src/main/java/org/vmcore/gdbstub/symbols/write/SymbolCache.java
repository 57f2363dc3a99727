package org.vmcore.gdbstub.symbols.write;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmcore.dumpreader.input.FileErrors;
import org.vmcore.dumpreader.input.UnfinishedFile;
import org.vmcore.gdbstub.Version;

/**
 * Keeps what was made of kernels, each in a file of a directory that nobody else may write to. It
 * holds the names and types of kernels, and nothing of what was in a machine's memory.
 *
 * <p>Nothing depends on it: what cannot be read, or is damaged, is made again, and what cannot be
 * written is not kept. Several programs may use it at once.
 */
public final class SymbolCache {
  private static final Logger LOG = LoggerFactory.getLogger(SymbolCache.class);

  /** Set, to anything, it turns the cache off. */
  public static final String OFF = "VMCORE_GDBSERVER_NO_CACHE";

  private static final String SUFFIX = ".symbols";
  private static final String PART = ".part";

  /** A distribution's kernel needs 20 MiB. */
  private static final long MOST_BYTES = 256L << 20;

  /** Group and others, in a file's mode. */
  private static final int OTHERS = 077;

  private static final Duration ABANDONED = Duration.ofHours(1);

  private final Optional<Path> directory;
  private final String kernel;
  private final boolean isForModules;
  private final long mostBytes;

  private SymbolCache(
      Optional<Path> directory, String kernel, boolean isForModules, long mostBytes) {
    this.directory = directory;
    this.kernel = kernel;
    this.isForModules = isForModules;
    this.mostBytes = mostBytes;
  }

  /** One that keeps nothing. */
  public static SymbolCache none() {
    return new SymbolCache(Optional.empty(), "", false, 0);
  }

  /**
   * The user's, for one kernel: in {@code $XDG_CACHE_HOME/vmcore-gdbserver/symbols}, which is in
   * {@code ~/.cache} by default (XDG Base Directory Specification).
   *
   * @param buildId the kernel's; nothing is kept of one that has none
   * @param isWhole whether the dump has all that was saved: then what is of modules is kept, too
   */
  public static SymbolCache of(
      Map<String, String> environment, Optional<String> buildId, boolean isWhole) {
    String home = environment.getOrDefault("HOME", "");
    String caches = environment.getOrDefault("XDG_CACHE_HOME", "");
    // The specification has relative paths ignored.
    if (!caches.startsWith("/")) {
      caches = home.startsWith("/") ? home + "/.cache" : "";
    }
    if (caches.isEmpty() || environment.containsKey(OFF) || buildId.isEmpty()) {
      return none();
    }
    Path directory = Path.of(caches, "vmcore-gdbserver", "symbols");
    return new SymbolCache(Optional.of(directory), buildId.get(), isWhole, MOST_BYTES);
  }

  /**
   * @param mostBytes how large all files in it may be together; the oldest are deleted
   */
  static SymbolCache in(Path directory, String buildId, long mostBytes) {
    return new SymbolCache(Optional.of(directory), buildId, true, mostBytes);
  }

  /**
   * The part of it for the modules of one machine.
   *
   * @param key what they are and where
   */
  SymbolCache ofModules(String key) {
    return isForModules ? new SymbolCache(directory, kernel + " " + key, false, mostBytes) : none();
  }

  /**
   * One file for each build, and for the modules of each machine: of what else there is in a key
   * the last is kept.
   */
  private Path file(Path in) {
    CRC32C hash = new CRC32C();
    hash.update(kernel.getBytes(UTF_8));
    String buildId = kernel.split(" ", 2)[0];
    return in.resolve(
        "%s-%08x%s".formatted(buildId.replaceAll("\\W", "_"), hash.getValue(), SUFFIX));
  }

  private String key(String key) {
    return "%s, build id %s, %s".formatted(Version.build(), kernel, key);
  }

  Optional<Part> get(String key) {
    if (directory.isEmpty()) {
      return Optional.empty();
    }
    Path file = file(directory.get());
    try {
      if (!Files.exists(directory.get(), LinkOption.NOFOLLOW_LINKS) || !isOurs(directory.get())) {
        return Optional.empty();
      }
      Optional<Part> part = read(file, key(key));
      if (part.isPresent()) {
        touch(file);
      }
      return part;
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | UnsupportedOperationException e) {
      LOG.info("{} is not used: {}", file, FileErrors.reason(e));
      return Optional.empty();
    }
  }

  private Optional<Part> read(Path file, String key) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      if (channel.size() > mostBytes) {
        throw new IOException("it has %d bytes".formatted(channel.size()));
      }
      return PartFile.read(channel, channel.size(), key);
    }
  }

  /** The one that was used last is deleted last. */
  private static void touch(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    } catch (IOException e) {
      LOG.debug("{}: {}", file, e.getMessage());
    }
  }

  void put(String key, Part part) {
    if (directory.isEmpty()) {
      return;
    }
    Path in = directory.get();
    try {
      ByteBuffer bytes = PartFile.write(key(key), part);
      if (bytes.limit() > mostBytes) {
        return;
      }
      create(in);
      if (!isOurs(in)) {
        return;
      }
      try (UnfinishedFile unfinished = UnfinishedFile.create(in, "", PART)) {
        try (FileChannel channel = FileChannel.open(unfinished.path(), StandardOpenOption.WRITE)) {
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        }
        Files.move(unfinished.path(), file(in), StandardCopyOption.ATOMIC_MOVE);
      }
      deleteOldest(in);
    } catch (IOException | UnsupportedOperationException e) {
      LOG.info("{}: nothing is kept: {}", in, FileErrors.reason(e));
    }
  }

  private static void create(Path directory) throws IOException {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(directory.getParent());
      try {
        Files.createDirectory(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (FileAlreadyExistsException e) {
        LOG.debug("{} was made by another", directory);
      }
    }
  }

  /** Symbols that somebody else can change could show the debugger another machine. */
  private static boolean isOurs(Path directory) throws IOException {
    Map<String, Object> found =
        Files.readAttributes(directory, "unix:uid,mode,isDirectory", LinkOption.NOFOLLOW_LINKS);
    Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    int mode = (int) found.getOrDefault("mode", 0);
    if (!Boolean.TRUE.equals(found.get("isDirectory"))) {
      LOG.warn("{} is not used: it is no directory", directory);
    } else if (!self.equals(found.get("uid"))) {
      LOG.warn("{} is not used: it belongs to user {}", directory, found.get("uid"));
    } else if ((mode & OTHERS) != 0) {
      LOG.warn("{} is not used: others may; chmod 700 makes it right", directory);
    } else {
      return true;
    }
    return false;
  }

  /** A file of the directory. */
  private record Entry(Path path, long bytes, FileTime used) {}

  private void deleteOldest(Path in) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (var files = Files.newDirectoryStream(in)) {
      for (Path file : files) {
        entry(file).ifPresent(entries::add);
      }
    }
    entries.sort(Comparator.comparing(Entry::used).reversed());
    long bytes = 0;
    for (Entry entry : entries) {
      bytes += entry.bytes();
      boolean isAbandoned =
          entry.path().toString().endsWith(PART)
              && entry.used().toInstant().isBefore(Instant.now().minus(ABANDONED));
      if (bytes > mostBytes || isAbandoned) {
        Files.deleteIfExists(entry.path());
      }
    }
  }

  /** Empty for what is not of this kind, or has gone. */
  private static Optional<Entry> entry(Path file) {
    String name = file.toString();
    if (!name.endsWith(SUFFIX) && !name.endsWith(PART)) {
      return Optional.empty();
    }
    try {
      BasicFileAttributes found =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return Optional.of(new Entry(file, found.size(), found.lastModifiedTime()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
