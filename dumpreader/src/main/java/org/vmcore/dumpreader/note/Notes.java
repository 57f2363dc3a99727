package org.vmcore.dumpreader.note;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.vmcore.dumpreader.api.DumpInfo;
import org.vmcore.dumpreader.api.Note;

/**
 * ELF note data, as in a PT_NOTE of a vmcore and in the note area of a kdump-compressed file.
 *
 * <pre>
 * notes: note*
 * note:  n_namesz u32, n_descsz u32, n_type u32, name, descriptor
 * </pre>
 *
 * Name and descriptor are each padded to 4 bytes, also in ELFCLASS64: the gABI asks for 8 there,
 * and every producer of vmcores writes 4 (Linux include/linux/elfcore.h, QEMU dump/dump.c). {@code
 * n_namesz} counts the terminating NUL. Zero words between notes are no notes: the kernel ends the
 * notes of a CPU with an empty one (Linux kernel/crash_core.c, {@code final_note}).
 */
public final class Notes {
  private static final int HEADER_SIZE = 12;

  private Notes() {}

  /**
   * Parses notes up to the end of the data or up to the first damaged one, after which no other can
   * be found. Whoever reads a dump wants the notes that are whole, so damage is told, not thrown.
   *
   * @param data the notes, with nothing before or after them but zeros
   * @param fileOffset where {@code data} starts in the dump file, for {@link Note#fileOffset} and
   *     messages
   * @param order of the three header words
   * @param problems told of damage, one sentence each, fit for {@link DumpInfo#incomplete}
   * @return the whole notes, in file order
   */
  public static List<Note> parse(
      byte[] data, long fileOffset, ByteOrder order, Consumer<String> problems) {
    ByteBuffer buffer = ByteBuffer.wrap(data).order(order);
    List<Note> notes = new ArrayList<>();
    int at = skipZeroWords(data, 0);
    while (at < data.length) {
      if (data.length - at < HEADER_SIZE) {
        problems.accept(
            "The note at offset %#x is cut short: %d of the %d bytes of its header are there."
                .formatted(fileOffset + at, data.length - at, HEADER_SIZE));
        break;
      }
      long nameSize = Integer.toUnsignedLong(buffer.getInt(at));
      long descriptorSize = Integer.toUnsignedLong(buffer.getInt(at + 4));
      long descriptorAt = at + HEADER_SIZE + align4(nameSize);
      long end = descriptorAt + descriptorSize;
      if (end > data.length) {
        problems.accept(
            ("The note at offset %#x needs more than the notes hold:"
                    + " n_namesz %d, n_descsz %d, %d bytes left.")
                .formatted(
                    fileOffset + at, nameSize, descriptorSize, data.length - at - HEADER_SIZE));
        break;
      }
      notes.add(
          new Note(
              name(data, at + HEADER_SIZE, (int) nameSize),
              buffer.getInt(at + 8),
              fileOffset + descriptorAt,
              Arrays.copyOfRange(data, (int) descriptorAt, (int) end)));
      at = skipZeroWords(data, (int) Math.min(align4(end), data.length));
    }
    return notes;
  }

  /**
   * The position of the first word that is not zero, if zeros as long as a header come before it; a
   * header that merely begins with a zero is that of a note without name.
   */
  private static int skipZeroWords(byte[] data, int from) {
    int at = from;
    while (at < data.length && data[at] == 0) {
      at++;
    }
    if (at == data.length) {
      return at;
    }
    return at - from < HEADER_SIZE ? from : at - (at - from) % Integer.BYTES;
  }

  private static String name(byte[] data, int at, int size) {
    int length = 0;
    while (length < size && data[at + length] != 0) {
      length++;
    }
    return new String(data, at, length, ISO_8859_1);
  }

  private static long align4(long size) {
    return (size + 3) & ~3L;
  }
}
