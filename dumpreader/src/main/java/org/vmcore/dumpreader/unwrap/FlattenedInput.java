package org.vmcore.dumpreader.unwrap;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmcore.dumpreader.api.DumpInput;

/** The dump inside a flattened stream, read in place. */
final class FlattenedInput implements DumpInput {
  private final String name;
  private final DumpInput stream;
  private final FlattenedIndex index;
  private final List<String> incomplete;

  /**
   * @param problem why the stream lacks its end, or null
   */
  FlattenedInput(String name, DumpInput stream, FlattenedIndex index, @Nullable String problem) {
    this.name = name;
    this.stream = stream;
    this.index = index;
    this.incomplete = problem == null ? List.of() : List.of(problem);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return index.size();
  }

  @Override
  public long storedBytes() {
    return Math.min(index.size(), stream.size());
  }

  @Override
  public List<String> incomplete() {
    return incomplete;
  }

  @Override
  public int read(long position, byte[] destination, int offset, int length) throws IOException {
    int wanted = DumpInput.within(index.size(), position, length);
    if (wanted == 0) {
      return 0;
    }
    int piece = index.pieceAt(position);
    int done = 0;
    while (done < wanted) {
      long at = position + done;
      while (at >= index.pieceEnd(piece)) {
        piece++;
      }
      if (index.isHole(piece)) {
        int chunk = (int) Math.min(wanted - done, index.pieceEnd(piece) - at);
        Arrays.fill(destination, offset + done, offset + done + chunk, (byte) 0);
        done += chunk;
        continue;
      }
      int chunk = (int) Math.min(wanted - done, index.contiguous(piece, at));
      int got = stream.read(index.position(piece, at), destination, offset + done, chunk);
      done += got;
      if (got < chunk) {
        // It was long enough when it was opened.
        break;
      }
    }
    return done;
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
