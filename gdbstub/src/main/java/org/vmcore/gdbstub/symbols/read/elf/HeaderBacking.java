package org.vmcore.gdbstub.symbols.read.elf;

import java.io.IOException;
import java.io.UncheckedIOException;
import net.fornwall.jelf.BackingFile;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * A file as jelf reads it: a position and bytes from there. Unlike jelf's own file readers it goes
 * past 2 GiB, which a vmlinux with debug information may. For one thread.
 */
final class HeaderBacking implements BackingFile {
  private static final int WINDOW = 1 << 12;

  private final DumpInput input;
  private final byte[] start;
  private final byte[] window = new byte[WINDOW];
  private long windowStart;
  private int windowLength;
  private long position;

  /**
   * @param start what the file is to begin with, whatever it begins with
   */
  HeaderBacking(DumpInput input, byte[] start) {
    this.input = input;
    this.start = start;
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
      windowLength = fill(position);
    }
    return (short) (window[(int) (position++ - windowStart)] & 0xff);
  }

  @Override
  public int read(byte[] data) {
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) readUnsignedByte();
    }
    return data.length;
  }

  private int fill(long at) {
    try {
      int got = at < 0 ? 0 : input.read(at, window, 0, WINDOW);
      if (got == 0) {
        throw new IOException("%s: ends before offset %#x".formatted(input.name(), at));
      }
      if (at < start.length) {
        System.arraycopy(start, (int) at, window, 0, (int) Math.min(start.length - at, got));
      }
      return got;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
