package org.vmcore.dumpreader.unwrap;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * A temporary file that is written from start to end and read at any position.
 *
 * <p>It belongs to its owner alone, has holes where zeros are written, and goes away when it is
 * closed; where the system lets open files be unlinked it has no name from the start, so nothing is
 * left behind however the program ends.
 */
public final class ScratchFile implements Closeable {
  /** Left free in the directory: other programs need it too. */
  static final long RESERVE = 64L << 20;

  /** The free space is asked for after so many bytes. */
  private static final long CHECK_EVERY = 16L << 20;

  private final File directory;
  private final FileChannel channel;
  private long size;
  private long stored;
  private long unchecked;

  private ScratchFile(File directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /**
   * Makes one.
   *
   * @throws IOException when the directory cannot hold it
   */
  public static ScratchFile create(Path directory) throws IOException {
    File real = directory.toRealPath().toFile();
    Set<OpenOption> options =
        Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE,
            StandardOpenOption.DELETE_ON_CLOSE);
    FileAttribute<?>[] attributes =
        directory.getFileSystem().supportedFileAttributeViews().contains("posix")
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    Path path = directory.resolve("vmcore-gdbserver-" + UUID.randomUUID());
    return new ScratchFile(real, FileChannel.open(path, options, attributes));
  }

  /** Bytes written, zeros included. */
  public long size() {
    return size;
  }

  /** Bytes that take room on the disk. */
  long stored() {
    return stored;
  }

  /**
   * Writes a block at the end, unless it is all zeros.
   *
   * @throws IOException when there is no room for it; the message says only that
   */
  public void append(byte[] block, int length) throws IOException {
    boolean zeros = true;
    for (int i = 0; zeros && i < length; i++) {
      zeros = block[i] == 0;
    }
    if (!zeros) {
      if (unchecked >= CHECK_EVERY) {
        requireRoom();
        unchecked = 0;
      }
      ByteBuffer bytes = ByteBuffer.wrap(block, 0, length);
      while (bytes.hasRemaining()) {
        channel.write(bytes, size + bytes.position());
      }
      stored += length;
      unchecked += length;
    }
    size += length;
  }

  private void requireRoom() throws IOException {
    // Not of its FileStore, which Java cannot find in a chroot whose root is no mount point.
    if (directory.getUsableSpace() < RESERVE) {
      throw new IOException("less than %d MiB are left".formatted(RESERVE >> 20));
    }
  }

  /** Reads as {@link DumpInput#read} does. */
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    int wanted = DumpInput.within(size, position, length);
    int done = 0;
    while (done < wanted) {
      int got =
          channel.read(ByteBuffer.wrap(destination, offset + done, wanted - done), position + done);
      if (got < 0) {
        // The file ends in a hole.
        Arrays.fill(destination, offset + done, offset + wanted, (byte) 0);
        return wanted;
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
