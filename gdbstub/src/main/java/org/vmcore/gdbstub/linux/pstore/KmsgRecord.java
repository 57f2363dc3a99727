package org.vmcore.gdbstub.linux.pstore;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * A piece of the log as ramoops writes it: {@code ====SECONDS.MICROSECONDS-C}, a newline, and the
 * text, which with C is compressed and with D, or neither, is not (Linux fs/pstore/ram.c,
 * ramoops_write_kmsg_hdr()).
 */
final class KmsgRecord {
  private static final Pattern HEADER =
      Pattern.compile("====(\\d{1,18})\\.(\\d{1,6})(?:-(.))?\n", Pattern.DOTALL);

  /** Longer than any header. */
  private static final int MAX_HEADER = 40;

  private static final int BUFFER = 8 << 10;
  private static final int NANOSECONDS = 1000;

  /** Of zlib's header: its method, and by what its two bytes can be divided (RFC 1950). */
  private static final int DEFLATE = 8;

  private static final int METHOD = 0xf;
  private static final int CHECK = 31;

  private final Optional<Instant> time;
  private final byte[] text;
  private final boolean inflated;

  private KmsgRecord(Optional<Instant> time, byte[] text, boolean inflated) {
    this.time = time;
    this.text = text;
    this.inflated = inflated;
  }

  /** Empty where it has no header, as nobody but the driver writes there. */
  static Optional<KmsgRecord> parse(byte[] content) {
    String start = new String(content, 0, Math.min(content.length, MAX_HEADER), ISO_8859_1);
    Matcher header = HEADER.matcher(start);
    if (!header.lookingAt()) {
      return Optional.empty();
    }
    Optional<Instant> time =
        PersistentRecords.time(
            Long.parseLong(header.group(1)), Long.parseLong(header.group(2)) * NANOSECONDS);
    byte[] text = Arrays.copyOfRange(content, header.end(), content.length);
    if (!"C".equals(header.group(3))) {
      return Optional.of(new KmsgRecord(time, text, true));
    }
    byte[] inflated = inflate(text);
    return Optional.of(new KmsgRecord(time, inflated == null ? text : inflated, inflated != null));
  }

  /**
   * What was deflated, and before 4.17 had zlib's header around it (commit cb3bee0369bc, "pstore:
   * Use crypto compress API"); null of other methods, which kernels until 6.5 could be told to use.
   */
  private static byte @Nullable [] inflate(byte[] compressed) {
    boolean wrapped =
        compressed.length > 1
            && (compressed[0] & METHOD) == DEFLATE
            && (((compressed[0] & 0xff) << Byte.SIZE) | (compressed[1] & 0xff)) % CHECK == 0;
    Inflater inflater = new Inflater(!wrapped);
    try {
      inflater.setInput(compressed);
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      byte[] buffer = new byte[BUFFER];
      while (!inflater.finished() && text.size() < PersistentRecords.MAX_BYTES) {
        int bytes = inflater.inflate(buffer);
        if (bytes == 0) {
          return null;
        }
        text.write(buffer, 0, bytes);
      }
      return text.toByteArray();
    } catch (DataFormatException e) {
      return null;
    } finally {
      inflater.end();
    }
  }

  Optional<Instant> time() {
    return time;
  }

  byte[] text() {
    return text.clone();
  }

  /** Whether the text is one, and not what could not be inflated. */
  boolean inflated() {
    return inflated;
  }
}
