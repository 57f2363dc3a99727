package org.vmcore.dumpreader.input;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Notices that an open file is written to, cut short or grown: from then on its bytes and what was
 * read of it before do not belong together.
 *
 * <p>Its size is that of the open file; its time is told by name only, for as long as the name is
 * that of the same file. One that was put in its place by {@code mv} changes nothing for us. What
 * is no regular file has no such time, nor have those of /proc and /sys, which are made as they are
 * read.
 */
final class FileWatch {
  /**
   * A look costs some microseconds, as much as a read of a page that the system has cached. Nobody
   * can write to the file on a read's answer and ask again within this time.
   */
  private static final long INTERVAL_NANOS = 20_000;

  private final Path path;
  private final FileChannel channel;
  private final @Nullable State opened;
  private volatile long lookedAt = System.nanoTime();
  private volatile @Nullable String change;

  private record State(long size, FileTime modified, @Nullable Object key) {
    static State of(BasicFileAttributes attributes) {
      return new State(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
    }
  }

  private FileWatch(Path path, FileChannel channel, @Nullable State opened) {
    this.path = path;
    this.channel = channel;
    this.opened = opened;
  }

  static FileWatch begin(Path path, FileChannel channel) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    boolean watched = attributes.isRegularFile() && !isMade(path);
    return new FileWatch(path, channel, watched ? State.of(attributes) : null);
  }

  private static boolean isMade(Path path) {
    try {
      return Files.getFileStore(path).type().matches("proc|sysfs");
    } catch (IOException e) {
      // Below the root of a chroot that is no mount point Java finds none; /proc is always one.
      return false;
    }
  }

  /**
   * @param now even if the last look was a moment ago
   * @throws IOException when the file has changed; names it and says how
   */
  void requireUnchanged(boolean now) throws IOException {
    State before = opened;
    if (before == null) {
      return;
    }
    long time = System.nanoTime();
    if (change == null && (now || time - lookedAt > INTERVAL_NANOS)) {
      change = change(before);
      lookedAt = time;
    }
    String changed = change;
    if (changed != null) {
      throw new FileSystemException(
          path.toString(),
          null,
          "has changed since it was opened (%s); start again to read what is there now"
              .formatted(changed));
    }
  }

  private @Nullable String change(State before) throws IOException {
    long size = channel.size();
    if (size != before.size) {
      return "%d bytes, it was %d".formatted(size, before.size);
    }
    State named;
    try {
      named = State.of(Files.readAttributes(path, BasicFileAttributes.class));
    } catch (IOException e) {
      return null; // Gone or renamed: the open file is what it was.
    }
    return Objects.equals(named.key, before.key) && !named.modified.equals(before.modified)
        ? "written to at " + named.modified
        : null;
  }
}
