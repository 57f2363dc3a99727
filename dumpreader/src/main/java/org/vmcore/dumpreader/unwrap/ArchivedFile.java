package org.vmcore.dumpreader.unwrap;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.Optional;
import org.vmcore.dumpreader.api.DumpException;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.input.BytesInput;

/**
 * A file in an archive.
 *
 * @param place what has its bytes
 * @param packing what has made them fewer; one that is not packed is read where it lies
 */
record ArchivedFile(String name, Place place, Optional<Packing> packing) implements Archive.Entry {
  /** Finds a file's bytes in the archive, when they are needed. */
  @FunctionalInterface
  interface Place {
    DumpInput find() throws IOException;
  }

  @Override
  public DumpInput peek(int most) throws IOException {
    DumpInput bytes = place.find();
    if (packing.isEmpty()) {
      return bytes;
    }
    InputChannel channel = new InputChannel(bytes, bytes.size());
    try (InputStream packed = new BufferedInputStream(Channels.newInputStream(channel));
        InputStream in = packing.get().open(packed)) {
      return new BytesInput(name, in.readNBytes(most));
    }
  }

  @Override
  public DumpInput open(OpenOptions options) throws IOException, DumpException {
    DumpInput bytes = place.find();
    return packing.isEmpty() ? bytes : UnpackedInput.unpack(bytes, packing.get(), options);
  }
}
