package org.vmcore.gdbstub.symbols.offer;

import java.io.IOException;
import java.util.List;
import org.vmcore.dumpreader.api.DumpInput;

/** A file of which some bytes are shown otherwise; the file itself is not touched. */
final class PatchedInput implements DumpInput {
  private final DumpInput file;
  private final List<Patch> patches;

  /**
   * @param position of the first byte that is shown otherwise
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Patch(long position, byte[] bytes) {}

  PatchedInput(DumpInput file, List<Patch> patches) {
    this.file = file;
    this.patches = List.copyOf(patches);
  }

  @Override
  public String name() {
    return file.name();
  }

  @Override
  public long size() {
    return file.size();
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    int got = file.read(position, destination, offset, length);
    for (Patch patch : patches) {
      for (int i = 0; i < patch.bytes().length; i++) {
        long at = patch.position() + i - position;
        if (at >= 0 && at < got) {
          destination[offset + (int) at] = patch.bytes()[i];
        }
      }
    }
    return got;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
