package org.vmcore.dumpreader.input;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * A file, opened for reading only. Threads that read it must not be interrupted: the JDK closes a
 * {@link FileChannel} under an interrupted thread.
 */
public final class FileInput implements DumpInput {
  /**
   * The JDK reads into an array through a direct buffer of the same size, which it keeps per
   * thread. One that stays in a core's cache is copied from a quarter faster than one of 1 MiB.
   */
  private static final int LARGEST_READ = 128 << 10;

  private final Path path;
  private final FileChannel channel;
  private final long size;

  private FileInput(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
  }

  /**
   * @throws IOException when the file cannot be opened, with a message that names it
   */
  public static FileInput open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      throw new FileSystemException(path.toString(), null, "is a directory");
    }
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new FileInput(path, channel, channel.size());
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

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      ByteBuffer buffer =
          ByteBuffer.wrap(destination, offset + done, Math.min(length - done, LARGEST_READ));
      int got = channel.read(buffer, position + done);
      if (got < 0) {
        break;
      }
      done += got;
    }
    return done;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
