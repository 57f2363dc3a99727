package org.vmcore.dumpreader.unwrap;

import java.io.IOException;
import java.util.List;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.SliceInput;

/**
 * A file as it lies in an archive.
 *
 * @param bytes of it; the archive may end before they do
 * @param file name in the archive
 */
record ArchivedInput(SliceInput bytes, String file) implements DumpInput {
  @Override
  public String name() {
    return bytes.name() + ": " + file;
  }

  @Override
  public long size() {
    return bytes.size();
  }

  @Override
  public long storedBytes() {
    return Math.max(0, Math.min(bytes.size(), bytes.input().size() - bytes.start()));
  }

  @Override
  public List<String> incomplete() {
    return storedBytes() == size()
        ? List.of()
        : List.of(
            "%s ends within %s: %d of its %d bytes are there."
                .formatted(bytes.name(), file, storedBytes(), size()));
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    return bytes.read(position, destination, offset, length);
  }

  @Override
  public boolean isFar() {
    return bytes.isFar();
  }

  @Override
  public void willRead(long position, long length) {
    bytes.willRead(position, length);
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
