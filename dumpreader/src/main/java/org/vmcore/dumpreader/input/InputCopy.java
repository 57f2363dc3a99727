package org.vmcore.dumpreader.input;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Set;
import org.vmcore.dumpreader.api.DumpInput;

/** Writes inputs to files, in pieces that stay in the processor's cache. */
public final class InputCopy {
  private static final int PIECE = 256 << 10;

  private InputCopy() {}

  /**
   * Writes all of an input and returns how many bytes it has.
   *
   * @param options how the file is opened; by default it is made, or emptied first
   */
  public static long write(DumpInput from, Path to, OpenOption... options) throws IOException {
    byte[] piece = new byte[(int) Math.min(PIECE, from.size())];
    Set<OpenOption> how =
        options.length == 0 ? Set.of(CREATE, TRUNCATE_EXISTING, WRITE) : Set.of(options);
    try (FileChannel out = FileChannel.open(to, how)) {
      for (long at = 0; at < from.size(); ) {
        int length = (int) Math.min(piece.length, from.size() - at);
        int got = from.read(at, piece, 0, length);
        if (got < length) {
          throw new IOException("%s: ends at %#x".formatted(from.name(), at + got));
        }
        ByteBuffer bytes = ByteBuffer.wrap(piece, 0, length);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        at += length;
      }
    }
    return from.size();
  }
}
