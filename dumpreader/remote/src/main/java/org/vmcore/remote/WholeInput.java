package org.vmcore.remote;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.api.Progress;
import org.vmcore.dumpreader.input.FileErrors;
import org.vmcore.dumpreader.unwrap.ScratchFile;

/**
 * A remote file from a server that sends it only as a whole: it is taken to its end into the
 * temporary directory.
 */
final class WholeInput implements DumpInput {
  private static final int BLOCK = 64 << 10;
  private static final int OK = 200;

  private final String name;
  private final ScratchFile file;
  private final Traffic traffic;
  private final Progress progress;

  private WholeInput(String name, ScratchFile file, Traffic traffic, Progress progress) {
    this.name = name;
    this.file = file;
    this.traffic = traffic;
    this.progress = progress;
  }

  /**
   * Fetches it all.
   *
   * @throws IOException when it cannot be had, or the temporary directory cannot hold it
   */
  static WholeInput fetch(
      RemoteUri uri, HttpExchange exchange, Retries retries, Traffic traffic, OpenOptions options)
      throws IOException {
    options
        .progress()
        .say(
            "%s: the server sends no ranges: fetches it to its end into %s"
                .formatted(uri.shown(), options.temporaryDirectory()));
    ScratchFile file = retries.run(() -> fetchOnce(uri, exchange, traffic, options), traffic);
    return new WholeInput(uri.shown(), file, traffic, options.progress());
  }

  private static ScratchFile fetchOnce(
      RemoteUri uri, HttpExchange exchange, Traffic traffic, OpenOptions options)
      throws IOException {
    ScratchFile file = ScratchFile.create(options.temporaryDirectory());
    Writer writer = new Writer(uri, file, options);
    try {
      HttpExchange.Answer answer =
          exchange.get(
              request -> {},
              (status, headers) -> {
                if (status != OK) {
                  return LimitedBody.none();
                }
                writer.total = headers.firstValueAsLong("Content-Length").orElse(0);
                return new LimitedBody(Long.MAX_VALUE, writer::take);
              },
              traffic);
      if (answer.status() != OK) {
        throw new IOException(exchange.failure(answer));
      }
      writer.flush();
      if (writer.problem != null) {
        throw writer.problem;
      }
      if (writer.total > 0 && file.size() != writer.total) {
        throw new Retries.TemporaryException(
            "%s: the server sent %d bytes of %d".formatted(uri.shown(), file.size(), writer.total),
            Duration.ZERO);
      }
      return file;
    } catch (IOException | RuntimeException e) {
      file.close();
      // A full disk broke the connection off: no second try.
      IOException problem = writer.problem;
      if (problem != null) {
        throw problem;
      }
      throw e;
    } finally {
      options.progress().update(writer.task, 1, 1);
    }
  }

  /** Writes what comes, in blocks. */
  private static final class Writer {
    private final RemoteUri uri;
    private final ScratchFile file;
    private final OpenOptions options;
    private final String task;
    private final byte[] block = new byte[BLOCK];
    private int filled;
    private volatile long total;
    private volatile @Nullable IOException problem;

    Writer(RemoteUri uri, ScratchFile file, OpenOptions options) {
      this.uri = uri;
      this.file = file;
      this.options = options;
      this.task = "fetching " + uri.shown();
    }

    void take(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        int count = Math.min(bytes.remaining(), BLOCK - filled);
        bytes.get(block, filled, count);
        filled += count;
        if (filled == BLOCK) {
          flush();
        }
      }
      options.progress().update(task, file.size(), Math.max(total, file.size() + 1));
    }

    void flush() throws IOException {
      try {
        file.append(block, filled);
        filled = 0;
      } catch (IOException e) {
        problem =
            new IOException(
                "%s, kept in %s while it is open: %s after %d MiB; --temp-dir names another directory"
                    .formatted(
                        uri.shown(),
                        options.temporaryDirectory(),
                        FileErrors.reason(e),
                        file.size() >> 20),
                e);
        throw problem;
      }
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
    progress.say(traffic.sentence(name, size()));
    file.close();
  }
}
