package org.vmcore.dumpreader.input;

import java.io.IOException;
import java.util.List;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * A part of an input.
 *
 * @param start of the part in {@code input}
 * @param size of the part; may reach past the end of {@code input}, where nothing is read
 */
public record SliceInput(DumpInput input, long start, long size) implements DumpInput {
  @Override
  public String name() {
    return input.name();
  }

  @Override
  public List<String> incomplete() {
    return input.incomplete();
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    int wanted = DumpInput.within(size, position, length);
    return input.read(start + position, destination, offset, wanted);
  }

  @Override
  public boolean isFar() {
    return input.isFar();
  }

  @Override
  public void willRead(long position, long length) {
    input.willRead(start + position, Math.min(length, size - position));
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
