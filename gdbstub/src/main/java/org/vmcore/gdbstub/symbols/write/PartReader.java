package org.vmcore.gdbstub.symbols.write;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.zip.CRC32C;

/**
 * Reads little-endian numbers and arrays from a file to its end, with a checksum of all. Megabytes
 * go from a buffer that the processor's cache holds to where they are wanted, and nowhere else.
 */
final class PartReader {
  private static final int BUFFER = 256 << 10;

  private final ReadableByteChannel file;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  private final CRC32C checksum = new CRC32C();
  private long unread;

  /** Up to where the checksum has what is in the buffer. */
  private int checked;

  /**
   * @param bytes that the file has
   */
  PartReader(ReadableByteChannel file, long bytes) {
    this.file = file;
    this.unread = bytes;
  }

  /** Bytes from here to the end. */
  private long left() {
    return unread + buffer.remaining();
  }

  /** Has at least some bytes in the buffer. */
  private void fill(int least) throws IOException {
    if (least > left()) {
      throw new BufferUnderflowException();
    }
    while (buffer.remaining() < least) {
      check();
      buffer.compact();
      checked = 0;
      int got = file.read(buffer);
      if (got < 0) {
        throw new BufferUnderflowException();
      }
      buffer.flip();
      unread -= got;
    }
  }

  int u4() throws IOException {
    fill(Integer.BYTES);
    return buffer.getInt();
  }

  long u8() throws IOException {
    fill(Long.BYTES);
    return buffer.getLong();
  }

  /** Bytes with their number, u32, in front of them. */
  byte[] bytes() throws IOException {
    byte[] bytes = new byte[count(Byte.BYTES)];
    for (int at = 0; at < bytes.length; ) {
      fill(1);
      int length = Math.min(bytes.length - at, buffer.remaining());
      buffer.get(bytes, at, length);
      at += length;
    }
    return bytes;
  }

  /** Words of four bytes with their number, u32, in front of them. */
  int[] words() throws IOException {
    int[] words = new int[count(Integer.BYTES)];
    for (int at = 0; at < words.length; ) {
      fill(Integer.BYTES);
      IntBuffer some = buffer.asIntBuffer();
      int length = Math.min(words.length - at, some.remaining());
      some.get(words, at, length);
      buffer.position(buffer.position() + length * Integer.BYTES);
      at += length;
    }
    return words;
  }

  private int count(int bytesOfEach) throws IOException {
    int count = u4();
    if (count < 0 || count > left() / bytesOfEach) {
      throw new BufferUnderflowException();
    }
    return count;
  }

  /** Adds what has been taken from the buffer to the checksum. */
  private void check() {
    checksum.update(buffer.duplicate().flip().position(checked));
    checked = buffer.position();
  }

  /** The checksum (CRC-32C) of all that has been read. */
  int checksum() {
    check();
    return (int) checksum.getValue();
  }
}
