package org.vmcore.gdbstub.symbols.read;

import java.io.IOException;
import java.io.UncheckedIOException;
import net.fornwall.jelf.BackingFile;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * An input as jelf wants it: a position and reads from there. Unlike jelf's own file readers it
 * goes past 2 GiB, which a vmlinux with debug information may. For one thread.
 */
public final class ElfBacking implements BackingFile {
  private static final int WINDOW = 1 << 16;

  private final DumpInput input;
  private final byte[] window = new byte[WINDOW];
  private long windowStart;
  private int windowLength;
  private long position;

  public ElfBacking(DumpInput input) {
    this.input = input;
  }

  @Override
  public void seek(long offset) {
    position = offset;
  }

  @Override
  public void skip(int bytes) {
    position += bytes;
  }

  @Override
  public short readUnsignedByte() {
    if (position < windowStart || position >= windowStart + windowLength) {
      windowStart = position;
      windowLength = readAt(position, window);
      if (windowLength == 0) {
        throw new UncheckedIOException(
            new IOException("%s ends before offset %#x".formatted(input.name(), position)));
      }
    }
    return (short) (window[(int) (position++ - windowStart)] & 0xff);
  }

  @Override
  public int read(byte[] data) {
    int got = readAt(position, data);
    position += got;
    return got;
  }

  private int readAt(long at, byte[] data) {
    try {
      return at < 0 ? 0 : input.read(at, data, 0, data.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
