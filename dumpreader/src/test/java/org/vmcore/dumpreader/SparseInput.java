package org.vmcore.dumpreader;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.vmcore.dumpreader.api.DumpInput;

/** An input of any size that is zero but for a few pieces, as a sparse file is. */
public final class SparseInput implements DumpInput {
  private final long size;
  private final TreeMap<Long, byte[]> pieces = new TreeMap<>();

  public SparseInput(long size) {
    this.size = size;
  }

  public SparseInput put(long position, byte[] bytes) {
    pieces.put(position, bytes);
    return this;
  }

  @Override
  public String name() {
    return "sparse";
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) {
    int got = (int) Math.max(0, Math.min(length, size - position));
    Arrays.fill(destination, offset, offset + got, (byte) 0);
    for (Map.Entry<Long, byte[]> piece : pieces.headMap(position + got).entrySet()) {
      long start = Math.max(position, piece.getKey());
      long end = Math.min(position + got, piece.getKey() + piece.getValue().length);
      if (start < end) {
        System.arraycopy(
            piece.getValue(),
            (int) (start - piece.getKey()),
            destination,
            offset + (int) (start - position),
            (int) (end - start));
      }
    }
    return got;
  }

  @Override
  public void close() {}
}
