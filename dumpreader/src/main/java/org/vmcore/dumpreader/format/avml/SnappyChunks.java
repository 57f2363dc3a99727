package org.vmcore.dumpreader.format.avml;

import java.io.IOException;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.DataFormatException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.page.PageCodec;

/**
 * The chunks of snappy streams as one input of what they unpack to, one after the other; each is
 * unpacked when it is read, and checked.
 */
final class SnappyChunks implements DumpInput {
  /** "65536 bytes is the maximum" (google/snappy, framing_format.txt, 4.2). */
  static final int LARGEST = 1 << 16;

  /** The CRC-32C, masked, that stands before the data of each (framing_format.txt, 3). */
  static final int CHECKSUM = 4;

  private static final int MASK_DELTA = 0xa282ead8;

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private static final class Scratch {
    /** Snappy makes at most so much of what does not shrink (32 + n + n / 6). */
    final byte[] packed = new byte[CHECKSUM + 32 + LARGEST + LARGEST / 6];

    final byte[] plain = new byte[LARGEST];
  }

  private final DumpInput input;
  private int count;

  /** Where each starts in what they unpack to; behind the last, where that ends. */
  private long[] starts = new long[16];

  /** Where each one's checksum is in the file. */
  private long[] places = new long[16];

  /** Bytes from there on; negative of data that is not compressed. */
  private int[] lengths = new int[16];

  /** Without any chunks. */
  SnappyChunks(DumpInput input) {
    this.input = input;
  }

  /**
   * One more.
   *
   * @param at its checksum's place in the file
   * @param length bytes of checksum and data
   * @param plain how many it unpacks to, at most {@link #LARGEST}
   */
  void add(long at, int length, boolean compressed, int plain) {
    if (count + 1 == starts.length) {
      int larger = count + (count >> 1) + 2;
      starts = Arrays.copyOf(starts, larger);
      places = Arrays.copyOf(places, larger);
      lengths = Arrays.copyOf(lengths, larger);
    }
    places[count] = at;
    lengths[count] = compressed ? length : -length;
    count++;
    starts[count] = starts[count - 1] + plain;
  }

  @Override
  public String name() {
    return input.name();
  }

  @Override
  public long size() {
    return starts[count];
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    int done = 0;
    int found = Arrays.binarySearch(starts, 0, count + 1, position);
    for (int i = found >= 0 ? found : -found - 2; i < count && done < length; i++) {
      byte[] plain = unpack(i);
      int from = (int) (position + done - starts[i]);
      int got = Math.min(length - done, (int) (starts[i + 1] - starts[i]) - from);
      System.arraycopy(plain, from, destination, offset + done, got);
      done += got;
    }
    return done;
  }

  private byte[] unpack(int chunk) throws IOException {
    Scratch scratch = SCRATCH.get();
    int length = Math.abs(lengths[chunk]);
    int plain = (int) (starts[chunk + 1] - starts[chunk]);
    if (input.read(places[chunk], scratch.packed, 0, length) < length) {
      throw damaged(chunk, "is past the end of the file");
    }
    PageCodec codec = lengths[chunk] < 0 ? PageCodec.PLAIN : PageCodec.SNAPPY;
    int got;
    try {
      got = codec.decompress(scratch.packed, CHECKSUM, length - CHECKSUM, scratch.plain, 0, plain);
    } catch (DataFormatException | RuntimeException e) {
      throw damaged(chunk, String.valueOf(e.getMessage()));
    }
    if (got != plain || checksum(scratch.packed) != masked(scratch.plain, plain)) {
      throw damaged(chunk, "does not have its checksum");
    }
    return scratch.plain;
  }

  private IOException damaged(int chunk, String why) {
    return new IOException("snappy chunk at offset %#x: %s".formatted(places[chunk], why));
  }

  private static int checksum(byte[] packed) {
    int value = 0;
    for (int i = CHECKSUM - 1; i >= 0; i--) {
      value = (value << Byte.SIZE) | (packed[i] & 0xff);
    }
    return value;
  }

  static int masked(byte[] plain, int length) {
    CRC32C crc = new CRC32C();
    crc.update(plain, 0, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
