package org.vmcore.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The user's cache of remote files: {@code $XDG_CACHE_HOME/vmcore-gdbserver/remote}, which is in
 * {@code ~/.cache} by default (XDG Base Directory Specification). Its files are as private as a
 * dump, and their names tell nothing: they are made of the URI and the version by a one-way
 * function.
 */
final class RemoteCache {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FILE =
      PosixFilePermissions.asFileAttribute(OWNER_ONLY);

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  /** Of all files together, unless the environment says otherwise. */
  private static final long MOST_BYTES = 8L << 30;

  private static final String SIZE = "VMCORE_REMOTE_CACHE";

  /** Left free on the disk: other programs need it too. */
  private static final long RESERVE = 1L << 30;

  private final Path directory;
  private final long mostBytes;

  private RemoteCache(Path directory, long mostBytes) {
    this.directory = directory;
    this.mostBytes = mostBytes;
  }

  /** Empty where there is no place for it, or it is turned off by a size of 0. */
  static Optional<RemoteCache> of(Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", "");
    String caches = environment.getOrDefault("XDG_CACHE_HOME", "");
    // The specification has relative paths ignored.
    if (!caches.startsWith("/")) {
      caches = home.startsWith("/") ? home + "/.cache" : "";
    }
    String size = environment.getOrDefault(SIZE, "");
    long bytes = size.matches("\\d{1,7}") ? Long.parseLong(size) << 20 : MOST_BYTES;
    return caches.isEmpty() || bytes == 0
        ? Optional.empty()
        : Optional.of(new RemoteCache(Path.of(caches, "vmcore-gdbserver", "remote"), bytes));
  }

  /**
   * What is kept of one version of an object. Whatever is wrong with the cache, the object can be
   * read without.
   *
   * @param uri the whole of it
   */
  BlockStore blocks(String uri, String version, long size) {
    try {
      prepare();
      Path file = directory.resolve(key(uri, version, size) + ".blocks");
      long others = makeRoom(file);
      return BlockStore.open(file, Math.min(mostBytes - others, room() + sizeOf(file)));
    } catch (IOException | UnsupportedOperationException e) {
      return BlockStore.none();
    }
  }

  /** Where one version of an object is kept as a whole. */
  Path file(String uri, String version, long size, String name) throws IOException {
    prepare();
    Path folder = directory.resolve(key(uri, version, size));
    Files.createDirectories(folder, OWNER_ONLY_DIRECTORY);
    return folder.resolve(name);
  }

  private void prepare() throws IOException {
    Files.createDirectories(directory, OWNER_ONLY_DIRECTORY);
    Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    if (!Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(self)) {
      throw new IOException(directory + ": somebody else's");
    }
  }

  private long room() throws IOException {
    FileStore store = Files.getFileStore(directory);
    return Math.max(0, store.getUsableSpace() - RESERVE);
  }

  /**
   * Deletes what was used longest ago, until the others take no more than three quarters.
   *
   * @param ours is used now
   * @return bytes that the others take
   */
  private long makeRoom(Path ours) throws IOException {
    record Kept(Path file, FileTime used, long bytes) {}
    List<Kept> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory, 2)) {
      for (Path file : files.filter(f -> !f.equals(ours) && Files.isRegularFile(f)).toList()) {
        all.add(new Kept(file, Files.getLastModifiedTime(file), Files.size(file)));
      }
    }
    all.sort(Comparator.comparing(Kept::used));
    long bytes = all.stream().mapToLong(Kept::bytes).sum();
    for (Kept kept : all) {
      if (bytes <= mostBytes / 4 * 3) {
        break;
      }
      Files.deleteIfExists(kept.file());
      bytes -= kept.bytes();
    }
    if (Files.exists(ours)) {
      Files.setLastModifiedTime(ours, FileTime.from(Instant.now()));
    }
    return bytes;
  }

  private static long sizeOf(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  private static String key(String uri, String version, long size) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest((uri + "\n" + version + "\n" + size).getBytes(UTF_8));
      return HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
