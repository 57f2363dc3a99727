package org.vmcore.gdbstub.symbols.write;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.vmcore.gdbstub.symbols.write.Part.Memory;
import org.vmcore.gdbstub.symbols.write.Regions.Kind;
import org.vmcore.gdbstub.symbols.write.Regions.Region;
import org.vmcore.gdbstub.symbols.write.elf.Anchor;
import org.vmcore.gdbstub.symbols.write.elf.Anchored.Piece;

/**
 * A part as bytes, all little-endian:
 *
 * <pre>
 *   magic u64, format u32
 *   key                                              bytes in UTF-8
 *   number of sections u32, { kind u32, anchor u32, start u64, end u64, name }*
 *   locals, globals, info, ranges, frames            { bytes, image words, per-CPU words }
 *   names, abbreviations, strings                    bytes
 *   types                                            words
 *   CRC-32C of all that is before it u32
 * </pre>
 *
 * Bytes and words have their number in front of them, u32.
 */
@SuppressWarnings("EnumOrdinal") // The key has this build of the program, which has this order.
final class PartFile {
  /** "vmcgsymb". */
  private static final long MAGIC = 0x626d797367636d76L;

  /** To be raised whenever what is in a part, or how it is written here, changes. */
  private static final int FORMAT = 2;

  private static final int HEADER = 12;

  private PartFile() {}

  static ByteBuffer write(String key, Part part) {
    byte[] keyBytes = key.getBytes(UTF_8);
    long size = HEADER + 4L + keyBytes.length + 4;
    for (Memory memory : part.memory()) {
      size += 24 + 4 + memory.name().length() * 4L;
    }
    for (Piece piece : pieces(part)) {
      size += 12 + piece.bytes().length + 4L * (piece.image().length + piece.perCpu().length);
    }
    size += 16 + part.names().length + part.abbreviations().length + part.strings().length;
    size += 4L * part.types().length;
    size += Integer.BYTES;
    ByteBuffer to = ByteBuffer.allocate(Math.toIntExact(size)).order(ByteOrder.LITTLE_ENDIAN);
    to.putLong(MAGIC).putInt(FORMAT);
    bytes(to, keyBytes);
    to.putInt(part.memory().size());
    for (Memory memory : part.memory()) {
      Region region = memory.region();
      to.putInt(region.kind().ordinal()).putInt(region.anchor().ordinal());
      to.putLong(region.start()).putLong(region.end());
      bytes(to, memory.name().getBytes(UTF_8));
    }
    for (Piece piece : pieces(part)) {
      bytes(to, piece.bytes());
      words(to, piece.image());
      words(to, piece.perCpu());
    }
    bytes(to, part.names());
    bytes(to, part.abbreviations());
    bytes(to, part.strings());
    words(to, part.types());
    return to.putInt(checksum(to.duplicate().flip())).flip();
  }

  private static List<Piece> pieces(Part part) {
    return List.of(part.locals(), part.globals(), part.info(), part.ranges(), part.frames());
  }

  private static int checksum(ByteBuffer file) {
    CRC32C checksum = new CRC32C();
    checksum.update(file);
    return (int) checksum.getValue();
  }

  private static void bytes(ByteBuffer to, byte[] bytes) {
    to.putInt(bytes.length).put(bytes);
  }

  private static void words(ByteBuffer to, int[] words) {
    to.putInt(words.length).asIntBuffer().put(words);
    to.position(to.position() + words.length * Integer.BYTES);
  }

  /**
   * Reads a part that {@link #write} wrote.
   *
   * @param bytes that the file has
   * @return empty where the key is another, as that of another build of this program
   * @throws IOException when it is damaged or of another format; the message says what is wrong
   */
  static Optional<Part> read(ReadableByteChannel file, long bytes, String key) throws IOException {
    PartReader from = new PartReader(file, bytes);
    try {
      if (from.u8() != MAGIC) {
        throw new IOException("is none");
      }
      int format = from.u4();
      if (format != FORMAT) {
        throw new IOException("has format %d, known is %d".formatted(format, FORMAT));
      }
      if (!new String(from.bytes(), UTF_8).equals(key)) {
        return Optional.empty();
      }
      Part part = part(from);
      int checksum = from.checksum();
      if (from.u4() != checksum) {
        throw new IOException("is damaged: its checksum does not match");
      }
      return Optional.of(part);
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IOException("is damaged", e);
    }
  }

  private static Part part(PartReader from) throws IOException {
    int sections = from.u4();
    List<Memory> memory = new ArrayList<>();
    for (int i = 0; i < sections; i++) {
      Kind kind = Kind.values()[from.u4()];
      Anchor anchor = Anchor.values()[from.u4()];
      Region region = new Region(kind, anchor, from.u8(), from.u8());
      memory.add(new Memory(new String(from.bytes(), UTF_8), region));
    }
    return new Part(
        memory,
        piece(from),
        piece(from),
        piece(from),
        piece(from),
        piece(from),
        from.bytes(),
        from.bytes(),
        from.bytes(),
        from.words());
  }

  private static Piece piece(PartReader from) throws IOException {
    return new Piece(from.bytes(), from.words(), from.words());
  }
}
