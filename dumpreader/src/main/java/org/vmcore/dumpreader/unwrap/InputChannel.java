package org.vmcore.dumpreader.unwrap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import org.vmcore.dumpreader.api.DamagedDumpException;
import org.vmcore.dumpreader.api.DumpInput;

/** An input as libraries want it that read at any position. Closing it leaves the input open. */
final class InputChannel implements SeekableByteChannel {
  private static final int BLOCK = 64 << 10;

  private final DumpInput input;
  private final long size;
  private long position;

  /**
   * @param size bytes; what of them the input does not have are zeros
   */
  InputChannel(DumpInput input, long size) {
    this.input = input;
    this.size = size;
  }

  /** What a library makes of it. */
  @FunctionalInterface
  interface Reader<T> {
    T read(InputChannel channel) throws IOException;
  }

  /**
   * Has a library read it.
   *
   * @param field what it reads, for the message
   * @throws DamagedDumpException with what the library complains of, and where
   */
  <T> T readBy(Reader<T> library, String field) throws DamagedDumpException {
    try {
      return library.read(this);
    } catch (IOException | RuntimeException e) {
      throw new DamagedDumpException(input, position, field, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public int read(ByteBuffer destination) throws IOException {
    if (!destination.hasRemaining()) {
      return 0;
    }
    int length = DumpInput.within(size, position, Math.min(BLOCK, destination.remaining()));
    if (length == 0) {
      return -1;
    }
    byte[] block = new byte[length];
    input.read(position, block, 0, length);
    destination.put(block);
    position += length;
    return length;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long newPosition) {
    if (newPosition < 0) {
      throw new IllegalArgumentException("position " + newPosition);
    }
    position = newPosition;
    return this;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {
    // The input is its owner's.
  }
}
