package org.vmcore.gdbstub.symbols.write.elf;

import org.vmcore.gdbstub.symbols.write.elf.Bytes;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A part of a file, of which it is known where its addresses are and what they are counted from.
 */
public final class Anchored {
  private final Bytes bytes;
  private final int wordBytes;
  private final Places image = new Places();
  private final Places perCpu = new Places();

  /** A list of numbers. */
  private static final class Places {
    private int[] places = new int[64];
    private int count;

    void add(int place) {
      if (count == places.length) {
        places = Arrays.copyOf(places, 2 * count);
      }
      places[count++] = place;
    }

    int[] toArray() {
      return Arrays.copyOf(places, count);
    }
  }

  /**
   * @param wordBytes size of an address, 4 or 8
   */
  public Anchored(ByteOrder order, int wordBytes) {
    this.bytes = new Bytes(order, 1 << 12);
    this.wordBytes = wordBytes;
  }

  /** Where everything but addresses is to be added. */
  public Bytes bytes() {
    return bytes;
  }

  public int size() {
    return bytes.size();
  }

  /**
   * Adds an address.
   *
   * @param offset from its anchor
   */
  public void address(Anchor anchor, long offset) {
    switch (anchor) {
      case NONE -> {}
      case IMAGE -> image.add(bytes.size());
      case PER_CPU -> perCpu.add(bytes.size());
    }
    bytes.word(offset, wordBytes);
  }

  /** What was written. */
  public Piece toPiece() {
    return new Piece(bytes.toArray(), image.toArray(), perCpu.toArray());
  }

  /**
   * Bytes with addresses among them.
   *
   * @param image where those are that count from the image's start
   * @param perCpu where those are that count from the start of the per-CPU section
   */
  @SuppressWarnings("ArrayRecordComponent") // megabytes, handed on and never compared
  public record Piece(byte[] bytes, int[] image, int[] perCpu) {
    public static Piece of(byte[] bytes) {
      return new Piece(bytes, new int[0], new int[0]);
    }

    /** Makes addresses of a run of all that are in the bytes; to be called once. */
    public Piece place(ByteOrder order, int wordBytes, long imageStart, long perCpuStart) {
      add(order, wordBytes, image, imageStart);
      add(order, wordBytes, perCpu, perCpuStart);
      return this;
    }

    private void add(ByteOrder order, int wordBytes, int[] places, long start) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(order);
      if (wordBytes == Long.BYTES) {
        for (int place : places) {
          buffer.putLong(place, buffer.getLong(place) + start);
        }
      } else {
        for (int place : places) {
          buffer.putInt(place, buffer.getInt(place) + (int) start);
        }
      }
    }
  }
}
