package org.vmcore.dumpreader;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file, opened for reading only. Threads that read it must not be interrupted: the JDK closes a
 * {@link FileChannel} under an interrupted thread.
 */
public final class FileInput implements DumpInput {
  private final Path path;
  private final FileChannel channel;
  private final long size;

  private FileInput(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
  }

  public static FileInput open(Path path) throws IOException {
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
    ByteBuffer buffer = ByteBuffer.wrap(destination, offset, length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + (buffer.position() - offset)) < 0) {
        break;
      }
    }
    return buffer.position() - offset;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
