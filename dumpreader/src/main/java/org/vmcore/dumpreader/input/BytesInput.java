package org.vmcore.dumpreader.input;

import org.vmcore.dumpreader.api.DumpInput;

/** Bytes in memory as an input. */
public final class BytesInput implements DumpInput {
  private final String name;
  private final byte[] bytes;

  /** Keeps {@code bytes}, which must not change any more. */
  public BytesInput(String name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) {
    int available = (int) Math.min(length, Math.max(0, bytes.length - position));
    System.arraycopy(bytes, available == 0 ? 0 : (int) position, destination, offset, available);
    return available;
  }

  @Override
  public void close() {}
}
