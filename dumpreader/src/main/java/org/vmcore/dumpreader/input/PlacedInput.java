package org.vmcore.dumpreader.input;

import java.io.IOException;
import java.util.List;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * A file of which the user has said where in physical memory its bytes belong: {@code
 * FILE@PHYSICAL_ADDRESS}.
 */
public final class PlacedInput implements DumpInput {
  private final DumpInput input;
  private final long physicalAddress;

  /** Takes over {@code input}: closing this closes it. */
  public PlacedInput(DumpInput input, long physicalAddress) {
    this.input = input;
    this.physicalAddress = physicalAddress;
  }

  /** Of the first byte. */
  public long physicalAddress() {
    return physicalAddress;
  }

  public DumpInput input() {
    return input;
  }

  @Override
  public List<String> incomplete() {
    return input.incomplete();
  }

  @Override
  public String name() {
    return "%s@%#x".formatted(input.name(), physicalAddress);
  }

  @Override
  public long size() {
    return input.size();
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    return input.read(position, destination, offset, length);
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
