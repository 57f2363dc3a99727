package org.vmcore.dumpreader.format.kdump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.Deflater;
import org.vmcore.dumpreader.api.Dump;
import org.vmcore.dumpreader.api.DumpInput;
import org.vmcore.dumpreader.api.OpenOptions;
import org.vmcore.dumpreader.input.BytesInput;

/**
 * A small kdump-compressed file put together by hand, with the offsets that gcc gives to the
 * structures of makedumpfile's diskdump_mod.h; on purpose none of the reader's constants.
 *
 * <p>Its machine has pages 0 to 3 and 8; 0 (zeros), 1 (plain), 3 (zlib) and 8 (plain) are dumped, 2
 * is filtered out, 4 to 7 are no memory. Page n is full of the byte n + 0x10.
 */
public final class KdumpBytes {
  static final int BLOCK = 4096;
  static final String VMCOREINFO = "OSRELEASE=6.1.0\nPAGESIZE=4096\n";

  /** The layouts that compilers make: x86-64 and alike, i386, arm. */
  @SuppressWarnings("ImmutableEnumChecker") // Constant tables, written nowhere.
  enum Layout {
    LONG_64(64, new int[] {408, 424}, new int[] {0, 8, 12, 32, 40, 48, 56, 96}),
    PACKED_32(32, new int[] {404, 412}, new int[] {0, 4, 8, 20, 28, 32, 40, 72}),
    PADDED_32(32, new int[] {404, 412}, new int[] {0, 4, 8, 24, 32, 40, 48, 88});

    final int wordBits;

    /** timestamp, status. */
    final int[] main;

    /**
     * phys_base, dump_level, split, offset_vmcoreinfo, size_vmcoreinfo, offset_note, size_note,
     * max_mapnr_64.
     */
    final int[] sub;

    Layout(int wordBits, int[] main, int[] sub) {
      this.wordBits = wordBits;
      this.main = main;
      this.sub = sub;
    }
  }

  final Layout layout;
  public final ByteBuffer file;
  final int bitmaps = 2 * BLOCK;
  final int descriptors = 4 * BLOCK;
  final int data;

  KdumpBytes(Layout layout, ByteOrder order, int version) {
    this.layout = layout;
    byte[] zlib = zlib(page(3));
    data = descriptors + 4 * 24;
    file = ByteBuffer.allocate(data + 3 * BLOCK + zlib.length).order(order);
    file.put(0, "KDUMP   ".getBytes(ISO_8859_1));
    file.putInt(8, version);
    file.put(12 + 2 * 65, "6.1.0".getBytes(ISO_8859_1));
    file.put(12 + 4 * 65, "sparc64".getBytes(ISO_8859_1));
    int status = layout.main[1];
    file.putInt(status, 0x1).putInt(status + 4, BLOCK).putInt(status + 8, 1);
    file.putInt(status + 12, 2).putInt(status + 16, 9).putInt(status + 36, 1);

    putWord(layout.sub[0], 0);
    file.putInt(BLOCK + layout.sub[1], 17);
    int notes = BLOCK + 512;
    int vmcoreinfo = notes + 12 + 12;
    if (version >= 3) {
      file.putLong(BLOCK + layout.sub[3], vmcoreinfo);
      putWord(layout.sub[4], VMCOREINFO.length());
    }
    if (version >= 4) {
      file.putLong(BLOCK + layout.sub[5], notes);
      putWord(layout.sub[6], 24 + 32);
    }
    if (version >= 6) {
      file.putLong(BLOCK + layout.sub[7], 9);
    }
    file.putInt(notes, 11).putInt(notes + 4, VMCOREINFO.length()).putInt(notes + 8, 0);
    file.put(notes + 12, "VMCOREINFO".getBytes(ISO_8859_1));
    file.put(vmcoreinfo, VMCOREINFO.getBytes(ISO_8859_1));

    file.put(bitmaps, new byte[] {0b0000_1111, 0b1});
    file.put(bitmaps + BLOCK, new byte[] {0b0000_1011, 0b1});
    describe(0, data, BLOCK, 0);
    describe(1, data + BLOCK, BLOCK, 0);
    describe(2, data + 2 * BLOCK, zlib.length, 1);
    describe(3, data + 2 * BLOCK + zlib.length, BLOCK, 0);
    file.put(data + BLOCK, page(1));
    file.put(data + 2 * BLOCK, zlib);
    file.put(data + 2 * BLOCK + zlib.length, page(8));
  }

  public static KdumpBytes x86_64() {
    return new KdumpBytes(Layout.LONG_64, ByteOrder.LITTLE_ENDIAN, 6);
  }

  static byte[] page(int number) {
    byte[] page = new byte[BLOCK];
    Arrays.fill(page, (byte) (number == 0 ? 0 : number + 0x10));
    return page;
  }

  KdumpBytes putWord(int offsetInSubHeader, long value) {
    if (layout.wordBits == 64) {
      file.putLong(BLOCK + offsetInSubHeader, value);
    } else {
      file.putInt(BLOCK + offsetInSubHeader, (int) value);
    }
    return this;
  }

  public KdumpBytes describe(int index, long offset, int size, int flags) {
    int at = descriptors + index * 24;
    file.putLong(at, offset).putInt(at + 8, size).putInt(at + 12, flags);
    return this;
  }

  DumpInput input() {
    return new BytesInput("test.kdump", file.array());
  }

  public Dump open() throws Exception {
    return new KdumpCompressed().open(input(), OpenOptions.defaults()).orElseThrow();
  }

  private static byte[] zlib(byte[] page) {
    Deflater deflater = new Deflater();
    deflater.setInput(page);
    deflater.finish();
    byte[] out = new byte[page.length];
    int size = deflater.deflate(out);
    deflater.end();
    return Arrays.copyOf(out, size);
  }
}
