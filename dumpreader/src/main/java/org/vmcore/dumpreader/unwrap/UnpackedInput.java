package org.vmcore.dumpreader.unwrap;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.UnsupportedDumpException;

/**
 * A compressed file, unpacked to a temporary file that can be read at any position.
 *
 * <p>The temporary file belongs to its owner alone, has holes where the dump has zeros, and goes
 * away when it is closed; where the system lets open files be unlinked it has no name from the
 * start, so nothing is left behind however the program ends.
 */
final class UnpackedInput implements DumpInput {
  /** Runs of zeros are left out of the temporary file in pieces of this size. */
  private static final int BLOCK = 64 << 10;

  /** Left free in the temporary directory: other programs need it too. */
  static final long RESERVE = 64L << 20;

  /** The free space is asked for after so many bytes. */
  private static final long CHECK_EVERY = 16L << 20;

  /**
   * Deflate cannot do better than 1 : 1032 (zlib's technical details). The others can, but only
   * with zeros and the like, which no whole dump consists of.
   */
  private static final long LARGEST_RATIO = 2000;

  /** Allowed whatever the ratio: a small machine's memory may be nothing but zeros. */
  private static final long SMALL = 16L << 30;

  private final DumpInput packed;
  private final OuterCompression compression;
  private final Path directory;
  private final FileStore store;
  private final FileChannel channel;
  private long size;
  private long stored;
  private @Nullable String problem;

  private UnpackedInput(DumpInput packed, OuterCompression compression, Path directory)
      throws IOException {
    this.packed = packed;
    this.compression = compression;
    this.directory = directory;
    this.store = Files.getFileStore(directory);
    this.channel = create();
  }

  /**
   * Unpacks a file that an {@link OuterCompression} has made. Of a damaged file, what comes before
   * the damage is kept, and {@link #incomplete()} tells.
   *
   * @param packed is closed with the result, not when this fails
   * @throws DumpException when nothing can be unpacked, or when more than any dump comes out
   * @throws IOException when the temporary directory cannot hold it
   */
  static UnpackedInput unpack(DumpInput packed, OuterCompression compression, OpenOptions options)
      throws IOException, DumpException {
    return unpack(packed, compression, options, SMALL);
  }

  /**
   * @param small bytes that may come out whatever goes in
   */
  static UnpackedInput unpack(
      DumpInput packed, OuterCompression compression, OpenOptions options, long small)
      throws IOException, DumpException {
    UnpackedInput unpacked = new UnpackedInput(packed, compression, options.temporaryDirectory());
    try {
      unpacked.fill(options.progress(), small);
      return unpacked;
    } catch (IOException | DumpException | RuntimeException e) {
      unpacked.channel.close();
      throw e;
    }
  }

  private FileChannel create() throws IOException {
    Set<OpenOption> options =
        Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE,
            StandardOpenOption.DELETE_ON_CLOSE);
    FileAttribute<?>[] attributes =
        store.supportsFileAttributeView("posix")
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    Path path = directory.resolve("vmcore-gdbserver-" + UUID.randomUUID());
    return FileChannel.open(path, options, attributes);
  }

  private void fill(Progress progress, long small) throws IOException, DumpException {
    long limit = Math.max(small, Math.multiplyExact(packed.size(), LARGEST_RATIO));
    long unchecked = 0;
    byte[] block = new byte[BLOCK];
    try (PackedStream source = new PackedStream();
        InputStream in = open(source)) {
      int length;
      while ((length = next(in, block, source)) > 0) {
        progress.update("unpacking " + packed.name(), source.position, packed.size());
        if (size + length > limit) {
          throw new UnsupportedDumpException(
              packed,
              "more than %s come out of %d bytes of %s data, which no dump does"
                  .formatted(size(limit), packed.size(), compression.program()),
              "if it is meant so, unpack it yourself");
        }
        if (unchecked >= CHECK_EVERY) {
          checkRoom();
          unchecked = 0;
        }
        unchecked += append(block, length);
      }
    }
    progress.update("unpacking " + packed.name(), packed.size(), packed.size());
    if (size == 0) {
      throw new DamagedDumpException(
          packed,
          0,
          compression.program() + " data",
          problem == null ? "there is nothing inside" : problem);
    }
    progress.say(
        "%s: unpacked %s from %s; that takes %s in %s until the end"
            .formatted(packed.name(), size(size), size(packed.size()), size(stored), directory));
  }

  private InputStream open(PackedStream source) throws IOException, DamagedDumpException {
    try {
      return compression.open(new BufferedInputStream(source, BLOCK));
    } catch (IOException | RuntimeException e) {
      source.rethrow();
      throw new DamagedDumpException(packed, 0, compression.program() + " header", reason(e));
    }
  }

  /** Fills a block as far as there is data; the libraries report damage in several ways. */
  private int next(InputStream in, byte[] block, PackedStream source) throws IOException {
    int length = 0;
    try {
      while (problem == null && length < BLOCK) {
        int got = in.read(block, length, BLOCK - length);
        if (got < 0) {
          break;
        }
        length += got;
      }
    } catch (IOException | RuntimeException e) {
      source.rethrow();
      problem = reason(e);
    }
    return length;
  }

  private String reason(Exception e) {
    if (e instanceof EOFException) {
      return "the file is cut short";
    }
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return "%s (what does `%s -t` say of it?)".formatted(message, compression.program());
  }

  /** Writes a block unless it is all zeros; the file then has a hole there. */
  private int append(byte[] block, int length) throws IOException {
    boolean zeros = true;
    for (int i = 0; zeros && i < length; i++) {
      zeros = block[i] == 0;
    }
    if (!zeros) {
      ByteBuffer bytes = ByteBuffer.wrap(block, 0, length);
      try {
        while (bytes.hasRemaining()) {
          channel.write(bytes, size + bytes.position());
        }
      } catch (IOException e) {
        throw noRoom(String.valueOf(e.getMessage()));
      }
      stored += length;
    }
    size += length;
    return zeros ? 0 : length;
  }

  private void checkRoom() throws IOException {
    if (store.getUsableSpace() < RESERVE) {
      throw noRoom("less than %d MiB are left".formatted(RESERVE >> 20));
    }
  }

  private IOException noRoom(String why) {
    return new IOException(
        "%s: no room to unpack it in %s: %s, with %s unpacked so far; name another directory with"
                .formatted(packed.name(), directory, why, size(size))
            + " --temp-dir");
  }

  /** Such as {@code 1.5 GiB}. */
  private static String size(long bytes) {
    return bytes < 1 << 30
        ? "%.1f MiB".formatted(bytes / (double) (1 << 20))
        : "%.1f GiB".formatted(bytes / (double) (1 << 30));
  }

  @Override
  public String name() {
    return "%s (unpacked)".formatted(packed.name());
  }

  @Override
  public List<String> incomplete() {
    return problem == null
        ? List.of()
        : List.of(
            "The %s data of %s could be unpacked for its first %s only: %s."
                .formatted(compression.program(), packed.name(), size(size), problem));
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    int wanted = (int) Math.max(0, Math.min(length, size - position));
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
    try {
      channel.close();
    } finally {
      packed.close();
    }
  }

  /** The packed bytes from first to last; keeps apart what the system and what the data did. */
  private final class PackedStream extends InputStream {
    private long position;
    private @Nullable IOException failure;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] destination, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      int got;
      try {
        got = packed.read(position, destination, offset, length);
      } catch (IOException e) {
        failure = e;
        throw e;
      }
      position += got;
      return got == 0 ? -1 : got;
    }

    @Override
    public int available() {
      return (int) Math.min(Integer.MAX_VALUE, Math.max(0, packed.size() - position));
    }

    void rethrow() throws IOException {
      if (failure != null) {
        throw failure;
      }
    }
  }
}
