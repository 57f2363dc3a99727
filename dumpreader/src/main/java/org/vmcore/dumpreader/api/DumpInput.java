package org.vmcore.dumpreader.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * The bytes of a dump, read by position and never written.
 *
 * <p>Implementations are safe for use by several threads at once. Wrappers (a slice, the flattened
 * form, a decompressed view) are inputs too, so a format never knows what its bytes came out of.
 */
public interface DumpInput extends Closeable {

  /** What to call this input in messages: the path for a file; a wrapper appends its own name. */
  String name();

  /** Length in bytes. */
  long size();

  /**
   * Bytes that are really there, where {@link #size} counts gaps too. No structure is longer: one
   * that claims to be comes from a damaged file, and is to be refused before memory is set aside.
   */
  default long storedBytes() {
    return size();
  }

  /**
   * Why bytes are missing that this input should have, one sentence each; empty for a whole one. A
   * plain file cannot know; a wrapper can, and reads zeros in gaps before {@link #size}.
   */
  default List<String> incomplete() {
    return List.of();
  }

  /**
   * Reads bytes at a position.
   *
   * @param position byte offset from the start of this input, 0 or more
   * @return how many bytes were stored: {@code length}, or fewer (down to 0) only where the input
   *     ends
   * @throws IOException when the operating system cannot read
   */
  int read(long position, byte[] destination, int offset, int length) throws IOException;

  /**
   * Whether each request takes its time, however little it asks for. Who knows what will be read
   * says so then ({@link #willRead}), also where it costs something to find that out.
   */
  default boolean isFar() {
    return false;
  }

  /**
   * Says what will be read soon. An input for which a few large pieces are better than many small
   * ones begins to get it; others do nothing. Never waits.
   *
   * @param position 0 or more
   * @param length which may reach beyond the end
   */
  default void willRead(long position, long length) {}

  /**
   * How many of the bytes from a position lie before an end, for {@link #read}.
   *
   * @param position 0 or more, also beyond the end, however far
   * @return 0 to {@code length}
   */
  static int within(long end, long position, int length) {
    return (int) Math.max(0, Math.min(length, end - position));
  }

  /** Whether this input begins with a signature, in ISO 8859-1. */
  default boolean startsWith(String signature) throws IOException {
    byte[] start = new byte[signature.length()];
    return read(0, start, 0, start.length) == start.length
        && signature.equals(new String(start, ISO_8859_1));
  }

  /**
   * Reads exactly {@code length} bytes of a structure.
   *
   * @param field what is being read, for the message
   * @throws DamagedDumpException when the input ends before that
   */
  default byte[] readFully(long position, int length, String field)
      throws IOException, DamagedDumpException {
    if (length < 0 || length > storedBytes()) {
      throw new DamagedDumpException(
          this, position, field, "%d bytes, in a file of %d".formatted(length, storedBytes()));
    }
    byte[] bytes = new byte[length];
    int got = position < 0 ? 0 : read(position, bytes, 0, length);
    if (got < length) {
      throw new DamagedDumpException(
          this,
          position,
          field,
          "needs %d bytes, but the file ends at %#x".formatted(length, size()));
    }
    return bytes;
  }
}
