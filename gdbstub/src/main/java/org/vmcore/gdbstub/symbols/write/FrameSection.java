package org.vmcore.gdbstub.symbols.write;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongPredicate;
import org.vmcore.gdbstub.symbols.write.elf.Anchor;
import org.vmcore.gdbstub.symbols.write.elf.Anchored;

/**
 * Divides a {@code .debug_frame} section (DWARF 4 standard, 6.4.1) in what is of the kernel and
 * what is of its modules, which are elsewhere in each run.
 */
final class FrameSection {
  private static final int CIE_ID = -1;
  private static final int ADDRESS = 2 * Integer.BYTES;

  private final ByteOrder order;
  private final int wordBytes;

  FrameSection(ByteOrder order, int wordBytes) {
    this.order = order;
    this.wordBytes = wordBytes;
  }

  /**
   * The entries of some of the code, with what these refer to.
   *
   * @param start how much of the section there is before
   * @param wanted by the address of its first instruction; all of the image is, too
   * @param imageStart what addresses of the image are counted from
   * @param imageEnd after the image; below, and from here on, addresses are the same in each run
   */
  Anchored.Piece select(
      byte[] section, int start, LongPredicate wanted, long imageStart, long imageEnd) {
    ByteBuffer from = ByteBuffer.wrap(section).order(order);
    Anchored to = new Anchored(order, wordBytes);
    Map<Integer, Integer> places = new HashMap<>();
    int at = 0;
    while (at + ADDRESS <= section.length) {
      int end = at + Integer.BYTES + from.getInt(at);
      int id = from.getInt(at + Integer.BYTES);
      if (id == CIE_ID) {
        places.put(at, start + to.size());
        to.bytes().bytes(section, at, end - at);
      } else {
        long address =
            wordBytes == Long.BYTES
                ? from.getLong(at + ADDRESS)
                : Integer.toUnsignedLong(from.getInt(at + ADDRESS));
        boolean inImage = Long.compareUnsigned(address - imageStart, imageEnd - imageStart) < 0;
        if (inImage || wanted.test(address)) {
          to.bytes().u4(from.getInt(at)).u4(places.getOrDefault(id, start));
          to.address(
              inImage ? Anchor.IMAGE : Anchor.NONE, inImage ? address - imageStart : address);
          int rest = at + ADDRESS + wordBytes;
          to.bytes().bytes(section, rest, end - rest);
        }
      }
      at = end;
    }
    return to.toPiece();
  }
}
