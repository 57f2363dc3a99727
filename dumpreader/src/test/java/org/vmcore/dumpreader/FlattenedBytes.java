package org.vmcore.dumpreader;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Writes flattened streams as makedumpfile -F does, block by block, and restores them naively. */
public final class FlattenedBytes {
  private final ByteArrayOutputStream stream = new ByteArrayOutputStream();

  public FlattenedBytes() {
    ByteBuffer header = ByteBuffer.allocate(4096);
    header.put("makedumpfile".getBytes(ISO_8859_1)).putLong(16, 1).putLong(24, 1);
    stream.writeBytes(header.array());
  }

  public FlattenedBytes block(long offset, byte[] bytes) {
    return raw(offset, bytes.length).append(bytes);
  }

  /** A block's header alone. */
  public FlattenedBytes raw(long offset, long size) {
    return append(ByteBuffer.allocate(16).putLong(offset).putLong(size).array());
  }

  public FlattenedBytes append(byte[] bytes) {
    stream.writeBytes(bytes);
    return this;
  }

  public byte[] cut() {
    return stream.toByteArray();
  }

  public byte[] end() {
    return raw(-1, -1).cut();
  }

  /** All of a dump, in blocks of one size. */
  public static FlattenedBytes of(byte[] dump, int blockSize) {
    FlattenedBytes flattened = new FlattenedBytes();
    for (int at = 0; at < dump.length; at += blockSize) {
      flattened.block(at, Arrays.copyOfRange(dump, at, Math.min(dump.length, at + blockSize)));
    }
    return flattened;
  }

  /** What {@code makedumpfile -R} makes of a whole stream. */
  public static byte[] restore(byte[] stream) {
    ByteBuffer in = ByteBuffer.wrap(stream).position(4096);
    byte[] dump = new byte[0];
    for (long offset = in.getLong(); offset >= 0; offset = in.getLong()) {
      int size = (int) in.getLong();
      dump = Arrays.copyOf(dump, Math.max(dump.length, (int) offset + size));
      in.get(dump, (int) offset, size);
    }
    return dump;
  }
}
