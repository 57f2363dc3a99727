package org.vmcore.gdbstub.symbols.write.frames;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.vmcore.gdbstub.linux.orc.Orc;

/**
 * The code that a {@code .debug_frame} describes (DWARF 4 standard, 6.4.1), as a compiler writes it
 * for a kernel of 64 bits: entries in the 32-bit format, addresses of 8 bytes. An entry of another
 * kind ends the reading: what follows counts as not described.
 */
public final class FrameTable {
  private static final int CIE_ID = 0xffffffff;
  private static final int ESCAPE = 0xfffffff0;

  private final List<Described> all;

  /**
   * @param start link-time address
   * @param lengthAt where in the section the length of the code is
   */
  private record Described(long start, long length, int lengthAt) {}

  private FrameTable(List<Described> all) {
    this.all = all;
  }

  /**
   * @param section its bytes, in the file's byte order
   */
  public static FrameTable parse(ByteBuffer section) {
    List<Described> all = new ArrayList<>();
    int at = 0;
    while (at + 2 * Integer.BYTES <= section.limit()) {
      int length = section.getInt(at);
      long end = at + Integer.BYTES + Integer.toUnsignedLong(length);
      if (Integer.compareUnsigned(length, ESCAPE) >= 0 || end > section.limit()) {
        break;
      }
      int body = at + 2 * Integer.BYTES;
      if (length != 0 && section.getInt(at + Integer.BYTES) != CIE_ID && body + 16 <= end) {
        int lengthAt = body + Long.BYTES;
        all.add(new Described(section.getLong(body), section.getLong(lengthAt), lengthAt));
      }
      at = (int) end;
    }
    return new FrameTable(all);
  }

  /**
   * The code that is described.
   *
   * @param slide from link-time to run-time addresses
   */
  public AddressRanges covered(long slide) {
    return new AddressRanges(
        all.stream()
            .map(entry -> new AddressRanges.Range(entry.start() + slide, entry.length()))
            .toList());
  }

  /**
   * The code that is described, except where {@link #misled} says that it is wrong.
   *
   * @param slide from link-time to run-time addresses
   */
  public AddressRanges covered(long slide, Orc orc) {
    Set<Described> misled = new HashSet<>(misledEntries(slide, orc));
    return new AddressRanges(
        all.stream()
            .filter(entry -> !misled.contains(entry))
            .map(entry -> new AddressRanges.Range(entry.start() + slide, entry.length()))
            .toList());
  }

  /**
   * Where in the section the lengths (8 bytes each) of code are of which the description is wrong.
   * The compiler does not know that inline assembly goes over to another stack (Linux
   * arch/x86/include/asm/irq_stack.h), so that debuggers lose their way there; ORC knows. A
   * debugger that is shown 0 for such a length asks the next file.
   */
  public int[] misled(long slide, Orc orc) {
    return misledEntries(slide, orc).stream().mapToInt(Described::lengthAt).toArray();
  }

  private List<Described> misledEntries(long slide, Orc orc) {
    AddressRanges described =
        new AddressRanges(
            all.stream().map(e -> new AddressRanges.Range(e.start() + slide, e.length())).toList());
    Set<Long> starts = new HashSet<>();
    for (int i = 0; i < orc.count(); i++) {
      Orc.Entry entry = orc.entry(i);
      if (entry.spBase() == Orc.Base.SP_INDIRECT) {
        described.start(entry.start()).ifPresent(starts::add);
      }
    }
    return all.stream().filter(entry -> starts.contains(entry.start() + slide)).toList();
  }
}
