package org.vmcore.dumpreader.unwrap;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.api.UnsupportedDumpException;

/** A compressed file, unpacked to a {@link ScratchFile} that can be read at any position. */
final class UnpackedInput implements DumpInput {
  /** Runs of zeros are left out of the temporary file in pieces of this size. */
  private static final int BLOCK = 64 << 10;

  /**
   * Deflate cannot do better than 1 : 1032 (zlib's technical details). The others can, but only
   * with zeros and the like, which no whole dump consists of.
   */
  private static final long LARGEST_RATIO = 2000;

  /** Allowed whatever the ratio: a small machine's memory may be nothing but zeros. */
  private static final long SMALL = 16L << 30;

  private final DumpInput packed;
  private final Packing packing;
  private final Path directory;
  private final ScratchFile file;
  private @Nullable String problem;

  private UnpackedInput(DumpInput packed, Packing packing, Path directory) throws IOException {
    this.packed = packed;
    this.packing = packing;
    this.directory = directory;
    this.file = ScratchFile.create(directory);
  }

  /**
   * Unpacks what a {@link Packing} has made. Of a damaged file, what comes before the damage is
   * kept, and {@link #incomplete()} tells.
   *
   * @param packed is closed with the result, not when this fails
   * @throws DumpException when nothing can be unpacked, or when more than any dump comes out
   * @throws IOException when the temporary directory cannot hold it
   */
  static UnpackedInput unpack(DumpInput packed, Packing packing, OpenOptions options)
      throws IOException, DumpException {
    return unpack(packed, packing, options, SMALL);
  }

  /**
   * @param small bytes that may come out whatever goes in
   */
  static UnpackedInput unpack(DumpInput packed, Packing packing, OpenOptions options, long small)
      throws IOException, DumpException {
    UnpackedInput unpacked = new UnpackedInput(packed, packing, options.temporaryDirectory());
    try {
      unpacked.fill(options.progress(), small);
      return unpacked;
    } catch (IOException | DumpException | RuntimeException e) {
      unpacked.file.close();
      throw e;
    }
  }

  private void fill(Progress progress, long small) throws IOException, DumpException {
    long most = Math.min(packed.size(), Long.MAX_VALUE / LARGEST_RATIO) * LARGEST_RATIO;
    long limit = Math.max(small, most);
    byte[] block = new byte[BLOCK];
    try (PackedStream source = new PackedStream();
        InputStream in = open(source)) {
      int length;
      while ((length = next(in, block, source)) > 0) {
        progress.update("unpacking " + packed.name(), source.position, packed.size());
        if (file.size() + length > limit) {
          throw new UnsupportedDumpException(
              packed,
              "more than %s come out of %d bytes of %s data, which no dump does"
                  .formatted(size(limit), packed.size(), packing.program()),
              "if it is meant so, unpack it yourself");
        }
        append(block, length);
      }
    }
    progress.update("unpacking " + packed.name(), packed.size(), packed.size());
    if (file.size() == 0) {
      throw new DamagedDumpException(
          packed,
          0,
          packing.program() + " data",
          problem == null ? "there is nothing inside" : problem);
    }
    progress.say(
        "%s: unpacked %s from %s; that takes %s in %s until the end"
            .formatted(
                packed.name(),
                size(file.size()),
                size(packed.size()),
                size(file.stored()),
                directory));
  }

  private InputStream open(PackedStream source) throws IOException, DamagedDumpException {
    try {
      return packing.open(new BufferedInputStream(source, BLOCK));
    } catch (IOException | RuntimeException e) {
      source.rethrow();
      throw new DamagedDumpException(packed, 0, packing.program() + " header", reason(e));
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
    String message = e.getMessage() == null ? "its data is damaged" : e.getMessage();
    return "%s (what does `%s -t` say of it?)".formatted(message, packing.program());
  }

  private void append(byte[] block, int length) throws IOException {
    try {
      file.append(block, length);
    } catch (IOException e) {
      throw noRoom(String.valueOf(e.getMessage()));
    }
  }

  private IOException noRoom(String why) {
    return new IOException(
        "%s: no room to unpack it in %s: %s, with %s unpacked so far; name another directory with"
                .formatted(packed.name(), directory, why, size(file.size()))
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
                .formatted(packing.program(), packed.name(), size(file.size()), problem));
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
    try {
      file.close();
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
