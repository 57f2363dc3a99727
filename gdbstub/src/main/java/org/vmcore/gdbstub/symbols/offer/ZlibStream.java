package org.vmcore.gdbstub.symbols.offer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.zip.Adler32;
import java.util.zip.Deflater;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.unwrap.ScratchFile;

/**
 * Compresses with all CPUs into one stream: the data is cut into pieces, each of which knows the
 * data before it and ends at a byte (Z_SYNC_FLUSH).
 *
 * <pre>
 *   78 01, deflated piece..., 01 00 00 ff ff (an empty last block), Adler-32 big-endian   (RFC 1950, 1951)
 * </pre>
 */
final class ZlibStream {
  private static final int PIECE = 1 << 20;

  /** How far back deflate refers (RFC 1951, 2). */
  private static final int WINDOW = 32 << 10;

  /** No preset dictionary, fastest (RFC 1950, 2.2). */
  private static final byte[] HEAD = {0x78, 0x01};

  private static final byte[] LAST_BLOCK = {1, 0, 0, (byte) 0xff, (byte) 0xff};

  /** The largest prime below 65536. */
  private static final int ADLER_BASE = 65521;

  private final DumpInput input;
  private final ExecutorService workers;
  private final int ahead;

  /**
   * @param ahead pieces that may be in memory at a time
   */
  ZlibStream(DumpInput input, ExecutorService workers, int ahead) {
    this.input = input;
    this.workers = workers;
    this.ahead = ahead;
  }

  private record Piece(Future<byte[]> deflated, Adler32 sum, int bytes) {}

  /**
   * Appends a part of the input.
   *
   * @param length bytes, 1 or more
   */
  void write(long position, long length, ScratchFile to) throws IOException {
    append(to, HEAD);
    Deque<Piece> pieces = new ArrayDeque<>();
    int sum = 1;
    long begun = 0;
    while (begun < length || !pieces.isEmpty()) {
      if (begun < length && pieces.size() < ahead) {
        pieces.add(begin(position, position + begun, (int) Math.min(PIECE, length - begun)));
        begun += PIECE;
      } else {
        Piece piece = pieces.remove();
        append(to, await(piece.deflated()));
        sum = joined(sum, (int) piece.sum().getValue(), piece.bytes());
      }
    }
    append(to, LAST_BLOCK);
    append(to, ByteBuffer.allocate(Integer.BYTES).putInt(sum).array());
  }

  private static void append(ScratchFile to, byte[] bytes) throws IOException {
    to.append(bytes, bytes.length);
  }

  private Piece begin(long first, long at, int bytes) {
    Adler32 sum = new Adler32();
    int before = (int) Math.min(WINDOW, at - first);
    return new Piece(workers.submit(() -> deflate(at - before, before, bytes, sum)), sum, bytes);
  }

  private byte[] deflate(long position, int before, int bytes, Adler32 sum) throws IOException {
    byte[] data = new byte[before + bytes];
    if (input.read(position, data, 0, data.length) < data.length) {
      throw new IOException("%s: ends before %#x".formatted(input.name(), position + data.length));
    }
    sum.update(data, before, bytes);
    Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    try {
      deflater.setDictionary(data, 0, before);
      deflater.setInput(data, before, bytes);
      ByteArrayOutputStream out = new ByteArrayOutputStream(bytes / 2);
      byte[] block = new byte[WINDOW];
      int count;
      do {
        count = deflater.deflate(block, 0, block.length, Deflater.SYNC_FLUSH);
        out.write(block, 0, count);
      } while (count == block.length);
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }

  private static byte[] await(Future<byte[]> deflated) throws IOException {
    try {
      return deflated.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failure
          ? failure
          : new IOException("cannot be compressed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /**
   * The Adler-32 of data and more data.
   *
   * @param bytes of the second
   */
  static int joined(int first, int second, int bytes) {
    long firstSum = first & 0xffff;
    long a = firstSum + (second & 0xffff) + ADLER_BASE - 1;
    long b = (bytes % ADLER_BASE) * (firstSum + ADLER_BASE - 1);
    b += first >>> 16;
    b += second >>> 16;
    return (int) (b % ADLER_BASE << 16 | a % ADLER_BASE);
  }
}
