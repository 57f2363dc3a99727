package org.vmcore.dumpreader.unwrap;

import java.io.IOException;
import java.util.Optional;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.DumpWrapper;
import org.vmcore.dumpreader.api.OpenOptions;
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
