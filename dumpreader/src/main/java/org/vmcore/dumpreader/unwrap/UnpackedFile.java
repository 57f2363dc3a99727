package org.vmcore.dumpreader.unwrap;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.input.FileInput;

/** Files that may be compressed and are small enough for memory, such as modules of the kernel. */
public final class UnpackedFile {
  private UnpackedFile() {}

  /**
   * Opens a file: a compressed one (gzip, xz, bzip2, zstd, lz4, told by content) in memory, any
   * other where it is.
   *
   * @param largest most bytes that it may have unpacked
   * @throws IOException when it cannot be read, is damaged or has more
   */
  public static DumpInput open(Path path, int largest) throws IOException {
    FileInput file = FileInput.open(path);
    Optional<OuterCompression> compression;
    try {
      compression = OuterCompression.of(file);
    } catch (IOException e) {
      file.close();
      throw e;
    }
    if (compression.isEmpty()) {
      return file;
    }
    file.close();
    try (InputStream packed = new BufferedInputStream(Files.newInputStream(path));
        InputStream unpacked = compression.get().open(packed)) {
      byte[] bytes = unpacked.readNBytes(largest);
      if (unpacked.read() >= 0) {
        throw new IOException(path + ": has more than " + largest + " bytes unpacked");
      }
      return new BytesInput(path.toString(), bytes);
    } catch (RuntimeException e) {
      // Some decompressors answer damage so.
      throw new IOException(path + ": its compressed data is damaged", e);
    }
  }
}
