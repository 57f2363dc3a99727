package org.vmcore.dumpreader.input;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * A file, opened for reading only, which tells when it is changed while it is open. Threads that
 * read it must not be interrupted: the JDK closes a {@link FileChannel} under an interrupted
 * thread.
 */
public final class FileInput implements DumpInput {
  /**
   * The JDK reads into an array through a direct buffer of the same size, which it keeps per
   * thread. One that stays in a core's cache is copied from a tenth faster than one of 1 MiB.
   */
  private static final int LARGEST_READ = 128 << 10;

  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final FileWatch watch;

  private FileInput(Path path, FileChannel channel) throws IOException {
    this.path = path;
    this.channel = channel;
    this.size = channel.size();
    this.watch = FileWatch.begin(path, channel);
  }

  /**
   * @throws IOException when the file cannot be opened or is a pipe, with a message that names it
   */
  public static FileInput open(Path path) throws IOException {
    FileChannel channel = channel(path);
    if (!isSeekable(channel)) {
      channel.close();
      throw new FileSystemException(
          path.toString(), null, "is a pipe or a terminal; save what comes from it to a file");
    }
    return of(path, channel);
  }

  /**
   * A channel to read that file.
   *
   * @throws IOException when the file cannot be opened, with a message that names it
   */
  public static FileChannel channel(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      throw new FileSystemException(
          path.toString(), null, "is a directory; name the file that is meant");
    }
    return FileChannel.open(path, StandardOpenOption.READ);
  }

  /** Whether a file can be read at any position, unlike a pipe and a terminal. */
  public static boolean isSeekable(FileChannel channel) {
    try {
      // lseek(2) knows: ESPIPE.
      return channel.position() >= 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Takes over a channel to that file, which is seekable; closes it when this fails. */
  public static FileInput of(Path path, FileChannel channel) throws IOException {
    try {
      return new FileInput(path, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public long size() {
    return size;
  }

  /**
   * @throws IOException also when the file has changed since it was opened, whatever is there now
   */
  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      ByteBuffer buffer =
          ByteBuffer.wrap(destination, offset + done, Math.min(length - done, LARGEST_READ));
      int got = readSome(buffer, position + done);
      if (got < 0) {
        break;
      }
      done += got;
    }
    // After the read: what was there before the file changed is what was meant.
    watch.requireUnchanged(done < length);
    return done;
  }

  private int readSome(ByteBuffer buffer, long position) throws IOException {
    try {
      return channel.read(buffer, position);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      FileSystemException named =
          new FileSystemException(
              path.toString(),
              null,
              "reading at offset %#x: %s; can it be copied?"
                  .formatted(position, FileErrors.reason(e)));
      named.initCause(e);
      throw named;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
