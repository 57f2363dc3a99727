package org.vmcore.dumpreader.input;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small files that somebody names, which may be pipes, devices without an end or directories. */
public final class WholeBytes {
  private WholeBytes() {}

  /**
   * Reads all of a file.
   *
   * @param most bytes that it can have
   * @throws IOException when it cannot be read or has more; the message names it
   */
  public static byte[] read(Path file, int most) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + ": is a directory; name the file that is meant");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(most);
      if (in.read() >= 0) {
        throw new IOException(
            "%s: has more than %d KiB; is it the file that is meant?".formatted(file, most >> 10));
      }
      return bytes;
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      String message = FileErrors.reason(e);
      throw message.startsWith(file + ": ") ? e : new IOException(file + ": " + message, e);
    }
  }
}
