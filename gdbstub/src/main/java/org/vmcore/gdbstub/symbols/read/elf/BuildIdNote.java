package org.vmcore.gdbstub.symbols.read.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.vmcore.dumpreader.api.DumpInput;

/**
 * The note with a file's build id: name {@code GNU}, type 3, which linkers write with --build-id
 * (ld(1)); its descriptor are bytes of any number, 20 for SHA-1.
 *
 * <pre>
 * note: n_namesz u32, n_descsz u32, n_type u32, name, descriptor   each padded to 4 bytes
 * </pre>
 */
final class BuildIdNote {
  private static final int NT_GNU_BUILD_ID = 3;

  private static final int HEAD = 12;

  /** The name, with its NUL. */
  private static final byte[] GNU = {'G', 'N', 'U', 0};

  /** More notes than a kernel has are not looked through. */
  private static final int MAX_BYTES = 1 << 20;

  /** More than any hash has. */
  private static final int LONGEST = 64;

  /** Where notes are in the file. */
  record Place(long offset, long size) {}

  private BuildIdNote() {}

  /** In lower-case hexadecimal. */
  static Optional<String> find(DumpInput input, ByteOrder order, List<Place> places)
      throws IOException {
    for (Place place : places) {
      if (place.offset() >= 0 && place.size() >= HEAD) {
        byte[] notes = new byte[(int) Math.min(place.size(), MAX_BYTES)];
        int got = input.read(place.offset(), notes, 0, notes.length);
        Optional<String> found = find(ByteBuffer.wrap(notes, 0, got).slice().order(order));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> find(ByteBuffer notes) {
    long at = 0;
    while (at + HEAD <= notes.limit()) {
      int head = (int) at;
      long name = Integer.toUnsignedLong(notes.getInt(head));
      long size = Integer.toUnsignedLong(notes.getInt(head + 4));
      long descriptor = at + HEAD + align4(name);
      at = descriptor + align4(size);
      if (notes.getInt(head + 8) == NT_GNU_BUILD_ID
          && name == GNU.length
          && size > 0
          && size <= LONGEST
          && descriptor + size <= notes.limit()
          && notes.slice(head + HEAD, GNU.length).equals(ByteBuffer.wrap(GNU))) {
        byte[] id = new byte[(int) size];
        notes.get((int) descriptor, id);
        return Optional.of(HexFormat.of().formatHex(id));
      }
    }
    return Optional.empty();
  }

  private static long align4(long size) {
    return (size + 3) & ~3L;
  }
}
