package org.vmcore.dumpreader;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * makedumpfile -F and QEMU's compressed formats: a dump of some other format, cut into pieces that
 * say where they belong, so that it could be written to a pipe.
 *
 * <pre>
 * file   = header, (offset, buf_size, byte[buf_size])*
 * header = 4096 bytes: "makedumpfile" NUL-padded to 16, type, version (64-bit big-endian)
 * </pre>
 *
 * <p>Source: makedumpfile's makedumpfile.h, struct makedumpfile_header and
 * makedumpfile_data_header. It is recognised here so that people learn what to do with it.
 */
final class FlattenedFile implements DumpFormat {
  private static final byte[] SIGNATURE = "makedumpfile\0\0\0\0".getBytes(ISO_8859_1);

  @Override
  public String name() {
    return "flattened";
  }

  @Override
  public Optional<Dump> open(DumpInput input, OpenOptions options)
      throws IOException, DumpException {
    byte[] signature = new byte[SIGNATURE.length];
    input.read(0, signature, 0, signature.length);
    if (!Arrays.equals(signature, SIGNATURE)) {
      return Optional.empty();
    }
    throw new UnsupportedDumpException(
        input,
        "flattened dump (makedumpfile -F, or QEMU's dump-guest-memory -z)",
        "restore it with `makedumpfile -R DUMP < %s`".formatted(input.name()));
  }
}
