package org.vmcore.dumpreader.unwrap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.input.FileErrors;
import org.vmcore.dumpreader.input.FileInput;

/**
 * A dump that comes through a pipe, such as a shell's {@code <(ssh HOST cat vmcore)}. It is read to
 * its end into a {@link ScratchFile}, as formats read here and there.
 */
public final class PipedFile implements DumpInput {
  private static final int BLOCK = 64 << 10;

  private final String name;
  private final ScratchFile file;

  private PipedFile(String name, ScratchFile file) {
    this.name = name;
    this.file = file;
  }

  /**
   * Opens a file where it is, or takes up what comes through a pipe.
   *
   * @throws IOException when it cannot be read, or the temporary directory cannot hold it
   */
  public static DumpInput open(Path path, OpenOptions options) throws IOException {
    FileChannel channel = FileInput.channel(path);
    if (FileInput.isSeekable(channel)) {
      return FileInput.of(path, channel);
    }
    try (InputStream in = Channels.newInputStream(channel)) {
      return take(path, in, options);
    }
  }

  private static PipedFile take(Path path, InputStream in, OpenOptions options) throws IOException {
    Path directory = options.temporaryDirectory();
    ScratchFile file = ScratchFile.create(directory);
    try {
      options
          .progress()
          .say("%s is a pipe: reads it to its end into %s".formatted(path, directory));
      byte[] block = new byte[BLOCK];
      for (int length; (length = in.readNBytes(block, 0, BLOCK)) > 0; ) {
        file.append(block, length);
      }
      return new PipedFile(path.toString(), file);
    } catch (IOException e) {
      file.close();
      throw new FileSystemException(
          path.toString(),
          null,
          "a pipe, kept in %s while it is open: %s after %d MiB; --temp-dir names another directory"
              .formatted(directory, FileErrors.reason(e), file.size() >> 20));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return file.size();
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    return file.read(position, destination, offset, length);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
