package org.vmcore.gdbstub.symbols.write.frames;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.vmcore.gdbstub.symbols.write.elf.Bytes;

/**
 * Writes an {@code .eh_frame} section (Linux Standard Base, Core Generic, 10.6), which LLDB reads
 * beside the {@code .debug_frame} of the same program where that is in another file. It differs
 * from {@code .debug_frame} in how a CIE is marked and how an FDE tells its CIE.
 *
 * <pre>
 * CIE  length u32, 0, ...
 * FDE  length u32, how far back from here its CIE is u32, start, length, ...
 * a length of 0 ends the section
 * </pre>
 *
 * <p>LLDB looks for the FDE at the start of a function and has no use for others within it: there
 * is one more, of all that is said of parts of the function.
 */
public final class EhFrame {
  private static final int CIE_ID = 0xffffffff;
  private static final int ALIGNMENT = 8;
  private static final int DW_CFA_SET_LOC = 0x01;
  private static final int DW_CFA_REMEMBER_STATE = 0x0a;
  private static final int DW_CFA_RESTORE_STATE = 0x0b;

  private final ByteBuffer from;
  private final long slide;
  private final Bytes out;

  /** By their offsets. */
  private final Map<Integer, Cie> cies = new HashMap<>();

  /** What has been written, by {@link Cie#head}. */
  private final Map<ByteBuffer, Integer> written = new HashMap<>();

  /**
   * @param head what comes before the instructions
   * @param augmented whether FDEs have the length of augmentation data
   */
  private record Cie(ByteBuffer head, boolean augmented, ByteBuffer instructions) {}

  private record Fde(Cie cie, long start, long length, ByteBuffer instructions) {
    long end() {
      return start + length;
    }
  }

  private EhFrame(byte[] debugFrame, ByteOrder order, long slide) {
    this.from = ByteBuffer.wrap(debugFrame).order(order);
    this.slide = slide;
    this.out = new Bytes(order);
  }

  /**
   * The same as a {@code .debug_frame} says, of the addresses in a file.
   *
   * @param debugFrame as this package makes them, with run-time addresses of 8 bytes
   * @param slide from the file's addresses to those at run time
   * @param functions of the file, by their addresses in it, with where they end
   */
  public static byte[] of(
      byte[] debugFrame, ByteOrder order, long slide, NavigableMap<Long, Long> functions) {
    EhFrame frame = new EhFrame(debugFrame, order, slide);
    NavigableMap<Long, Fde> all = frame.parse();
    all.forEach(
        (start, fde) -> {
          Long end = functions.get(start);
          frame.write(
              end == null || end <= fde.end()
                  ? List.of(fde)
                  : List.copyOf(all.subMap(start, end).values()));
        });
    return frame.out.u4(0).toArray();
  }

  private NavigableMap<Long, Fde> parse() {
    NavigableMap<Long, Fde> all = new TreeMap<>();
    int at = 0;
    while (at < from.limit()) {
      int end = at + Integer.BYTES + from.getInt(at);
      int body = at + 2 * Integer.BYTES;
      int id = from.getInt(at + Integer.BYTES);
      if (id == CIE_ID) {
        cies.put(at, cie(body, end));
      } else {
        // Made by this program, which writes each CIE before what refers to it.
        Cie cie = requireNonNull(cies.get(id));
        long start = from.getLong(body) - slide;
        int instructions = body + 2 * Long.BYTES + (cie.augmented() ? 1 : 0);
        all.put(
            start, new Fde(cie, start, from.getLong(body + Long.BYTES), bytes(instructions, end)));
      }
      at = end;
    }
    return all;
  }

  /** Version, augmentation, two factors and the return address, of one byte each. */
  private Cie cie(int body, int end) {
    boolean augmented = from.get(body + 1) == 'z';
    int text = body + 1;
    while (from.get(text) != 0) {
      text++;
    }
    int instructions = text + 1 + 3 + (augmented ? 1 : 0);
    return new Cie(bytes(body, instructions), augmented, bytes(instructions, end));
  }

  private ByteBuffer bytes(int start, int end) {
    return from.slice(start, end - start);
  }

  /**
   * One FDE.
   *
   * @param parts ascending; what is said of one is forgotten in the next
   */
  private void write(List<Fde> parts) {
    Fde first = parts.get(0);
    int cie = written.computeIfAbsent(first.cie().head(), this::writeCie);
    int at = begin(out.size() + Integer.BYTES - cie);
    out.u8(first.start()).u8(parts.get(parts.size() - 1).end() - first.start());
    if (first.cie().augmented()) {
      out.u1(0);
    }
    for (Fde part : parts) {
      if (part.start() != first.start()) {
        out.u1(DW_CFA_SET_LOC).u8(part.start()).u1(DW_CFA_RESTORE_STATE);
      }
      out.u1(DW_CFA_REMEMBER_STATE);
      put(part.cie().instructions());
      put(part.instructions());
    }
    end(at);
  }

  private int writeCie(ByteBuffer head) {
    int at = begin(0);
    put(head);
    end(at);
    return at;
  }

  private int begin(int id) {
    int at = out.size();
    out.u4(0).u4(id);
    return at;
  }

  /** Padded with DW_CFA_nop, which is 0. */
  private void end(int at) {
    out.align(ALIGNMENT);
    out.setU4(at, out.size() - at - Integer.BYTES);
  }

  private void put(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.limit()];
    bytes.get(0, copy);
    out.bytes(copy);
  }
}
