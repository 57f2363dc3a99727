package org.vmcore.gdbstub.symbols.cfi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A library that holds nothing but call-frame information with run-time addresses (gABI, chapter
 * 4).
 *
 * <pre>
 *   ELF header | .text | .debug_frame | .shstrtab | section headers
 * </pre>
 *
 * Its .text is a token: a byte at address 0, where debuggers that relocate a library by its
 * sections can be told 0 for it, which leaves the addresses in .debug_frame as they are.
 */
public final class FrameLibrary {
  private static final int EHDR_SIZE = 64;
  private static final int SHDR_SIZE = 64;
  private static final int EI_CLASS_64 = 2;
  private static final int EI_DATA_LITTLE = 1;
  private static final int EI_DATA_BIG = 2;
  private static final int EV_CURRENT = 1;
  private static final int ET_DYN = 3;
  private static final int SHT_PROGBITS = 1;
  private static final int SHT_STRTAB = 3;
  private static final int SHF_ALLOC = 2;
  private static final int SHF_EXECINSTR = 4;
  private static final int SECTIONS = 4;
  private static final int ALIGNMENT = 8;

  private static final String NAMES = "\0.text\0.debug_frame\0.shstrtab\0";

  private FrameLibrary() {}

  /**
   * An ELF64 file.
   *
   * @param machine its {@code e_machine}
   * @param debugFrame the section's bytes
   */
  public static byte[] of(int machine, ByteOrder byteOrder, byte[] debugFrame) {
    int text = EHDR_SIZE;
    int frames = text + ALIGNMENT;
    int names = frames + debugFrame.length;
    int headers = (names + NAMES.length() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteArrayOutputStream out = new ByteArrayOutputStream(headers + SECTIONS * SHDR_SIZE);
    ByteBuffer header = ByteBuffer.allocate(EHDR_SIZE).order(byteOrder);
    header.put(new byte[] {0x7f, 'E', 'L', 'F', EI_CLASS_64});
    header.put((byte) (byteOrder == ByteOrder.BIG_ENDIAN ? EI_DATA_BIG : EI_DATA_LITTLE));
    header.put((byte) EV_CURRENT).position(16);
    header.putShort((short) ET_DYN).putShort((short) machine).putInt(EV_CURRENT);
    header.putLong(0).putLong(0).putLong(headers).putInt(0).putShort((short) EHDR_SIZE);
    header.putShort((short) 0).putShort((short) 0).putShort((short) SHDR_SIZE);
    header.putShort((short) SECTIONS).putShort((short) (SECTIONS - 1));
    out.writeBytes(header.array());
    out.writeBytes(new byte[ALIGNMENT]);
    out.writeBytes(debugFrame);
    out.writeBytes(NAMES.getBytes(ISO_8859_1));
    out.writeBytes(new byte[headers - names - NAMES.length()]);
    out.writeBytes(new byte[SHDR_SIZE]);
    int code = SHF_ALLOC | SHF_EXECINSTR;
    out.writeBytes(section(byteOrder, ".text", SHT_PROGBITS, code, text, 1));
    out.writeBytes(section(byteOrder, ".debug_frame", SHT_PROGBITS, 0, frames, debugFrame.length));
    out.writeBytes(section(byteOrder, ".shstrtab", SHT_STRTAB, 0, names, NAMES.length()));
    return out.toByteArray();
  }

  private static byte[] section(
      ByteOrder byteOrder, String name, int type, int flags, int offset, int size) {
    ByteBuffer header = ByteBuffer.allocate(SHDR_SIZE).order(byteOrder);
    header.putInt(NAMES.indexOf(name)).putInt(type).putLong(flags).putLong(0);
    header.putLong(offset).putLong(size).putInt(0).putInt(0).putLong(1).putLong(0);
    return header.array();
  }
}
