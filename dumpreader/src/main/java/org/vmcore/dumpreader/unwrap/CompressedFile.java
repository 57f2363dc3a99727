package org.vmcore.dumpreader.unwrap;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.Optional;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.DumpWrapper;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.input.BytesInput;
import org.vmcore.dumpreader.input.PlacedInput;

/**
 * A dump that somebody has compressed as a whole, to keep or to send it.
 *
 * <pre>
 * file = a stream of gzip, xz, bzip2, zstd or lz4, or several of one kind: see {@link
 *        OuterCompression}
 * </pre>
 *
 * <p>Such a stream can only be read from its start, so it is unpacked to a temporary file first.
 */
public final class CompressedFile implements DumpWrapper {

  @Override
  public String name() {
    return "unpacked";
  }

  /**
   * The first bytes of what is inside, for a look at what it is.
   *
   * @param most bytes
   * @return empty when the input is not compressed
   * @throws IOException also when its data is damaged
   */
  public static Optional<DumpInput> peek(DumpInput input, int most) throws IOException {
    Optional<OuterCompression> compression = OuterCompression.of(input);
    if (compression.isEmpty()) {
      return Optional.empty();
    }
    InputStream packed =
        new BufferedInputStream(Channels.newInputStream(new InputChannel(input, input.size())));
    try (InputStream unpacked = compression.get().open(packed)) {
      return Optional.of(new BytesInput(input.name(), unpacked.readNBytes(most)));
    } catch (RuntimeException e) {
      // Some decompressors answer damage so.
      throw new IOException(input.name() + ": its compressed data is damaged", e);
    }
  }

  @Override
  public Optional<DumpInput> unwrap(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    Optional<OuterCompression> compression = OuterCompression.of(input);
    if (compression.isEmpty()) {
      return Optional.empty();
    }
    if (input instanceof PlacedInput placed) {
      DumpInput unpacked = UnpackedInput.unpack(placed.input(), compression.get(), options);
      return Optional.of(new PlacedInput(unpacked, placed.physicalAddress()));
    }
    return Optional.of(UnpackedInput.unpack(input, compression.get(), options));
  }
}
