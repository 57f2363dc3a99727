package org.vmcore.gdbstub.symbols.read.elf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What a file says of another that has debugging information of it.
 *
 * @param name of the other file, as it stands there: any text
 * @param checksum of all its bytes, where that tells it: CRC-32
 * @param buildId of the other file in lower-case hexadecimal, or what stands for it, where that
 *     tells it
 */
public record DebugLink(String name, Optional<Integer> checksum, Optional<String> buildId) {
  /** Longer than any path. */
  private static final int LARGEST = 1 << 16;

  /**
   * The file that all debugging information was moved to (objcopy --add-gnu-debuglink).
   *
   * <pre>
   * .gnu_debuglink: name, NUL, zeros up to a multiple of 4 bytes, u32 CRC-32
   * </pre>
   */
  public static Optional<DebugLink> toSeparate(ObjectFile file) throws IOException {
    Optional<ByteBuffer> found = bytes(file, ".gnu_debuglink");
    if (found.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer bytes = found.get();
    String name = text(bytes);
    int checksumAt = bytes.position() + 3 & ~3;
    return checksumAt > bytes.limit() - Integer.BYTES
        ? Optional.empty()
        : Optional.of(new DebugLink(name, Optional.of(bytes.getInt(checksumAt)), Optional.empty()));
  }

  /**
   * The file that several share what they have in common in: that of dwz(1), or of DWARF 5 (section
   * 7.3.6, "DWARF Supplementary Object Files").
   *
   * <pre>
   * .gnu_debugaltlink: name, NUL, build id
   * .debug_sup:        u16 version, u8 is_supplementary, name, NUL, uleb length, checksum
   * </pre>
   */
  public static Optional<DebugLink> toShared(ObjectFile file) throws IOException {
    Optional<ByteBuffer> dwz = bytes(file, ".gnu_debugaltlink");
    if (dwz.isPresent()) {
      String name = text(dwz.get());
      return Optional.of(shared(name, dwz.get(), dwz.get().remaining()));
    }
    return supplement(file, false);
  }

  /** What files that share this one call it: its build id, or the checksum that stands in it. */
  public static Optional<String> idOfShared(ObjectFile file) throws IOException {
    Optional<String> buildId = file.buildId();
    return buildId.isPresent() ? buildId : supplement(file, true).flatMap(DebugLink::buildId);
  }

  /**
   * What {@code .debug_sup} says.
   *
   * @param isOne whether in the file that is shared, or else in one that shares it
   */
  private static Optional<DebugLink> supplement(ObjectFile file, boolean isOne) throws IOException {
    Optional<ByteBuffer> section = bytes(file, ".debug_sup");
    if (section.isEmpty() || section.get().remaining() < 4) {
      return Optional.empty();
    }
    ByteBuffer bytes = section.get().position(2);
    boolean supplementary = bytes.get() != 0;
    String name = text(bytes);
    // No tool has a checksum of 128 bytes or more.
    int length = bytes.hasRemaining() ? bytes.get() : 0;
    return supplementary == isOne && length > 0
        ? Optional.of(shared(name, bytes, length))
        : Optional.empty();
  }

  private static DebugLink shared(String name, ByteBuffer bytes, int length) {
    byte[] id = new byte[Math.min(length, bytes.remaining())];
    bytes.get(id);
    return new DebugLink(name, Optional.empty(), Optional.of(HexFormat.of().formatHex(id)));
  }

  private static Optional<ByteBuffer> bytes(ObjectFile file, String section) throws IOException {
    Optional<Section> found = file.section(section).filter(Section::isStored);
    if (found.isEmpty() || found.get().size() > LARGEST) {
      return Optional.empty();
    }
    return Optional.of(ByteBuffer.wrap(file.data(found.get()).readAll()).order(file.order()));
  }

  /** Reads up to a NUL, and over it. */
  private static String text(ByteBuffer bytes) {
    int start = bytes.position();
    int end = start;
    while (end < bytes.limit() && bytes.get(end) != 0) {
      end++;
    }
    byte[] text = new byte[end - start];
    bytes.get(start, text).position(Math.min(end + 1, bytes.limit()));
    return new String(text, UTF_8);
  }
}
