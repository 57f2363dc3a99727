package org.vmcore.gdbstub.symbols.read;

import java.nio.ByteBuffer;
import org.vmcore.gdbstub.symbols.dwarf.Dwarf;

/**
 * The head of a unit; see {@link DwarfUnit}.
 *
 * @param unitBytes length of the whole unit, this head included
 * @param offsetBytes 4 or 8
 * @param types whether it may hold the types of C: a compilation unit or a partial one
 * @param abbreviations offset in .debug_abbrev
 * @param length of this head
 */
record UnitHeader(
    long unitBytes,
    int version,
    int offsetBytes,
    int addressBytes,
    boolean types,
    long abbreviations,
    int length) {
  /** Bytes of the longest head of a unit with types. */
  static final int LONGEST = 24;

  private static final int OLDEST = 2;
  private static final int NEWEST = 5;

  /**
   * @param in at the start of a unit, with at least {@link #LONGEST} bytes
   * @param at offset in .debug_info, for messages
   */
  static UnitHeader parse(ByteBuffer in, long at) throws DwarfException {
    int start = in.position();
    long length = Integer.toUnsignedLong(in.getInt());
    int offsetBytes = Integer.BYTES;
    if (length == 0xffff_ffffL) {
      offsetBytes = Long.BYTES;
      length = in.getLong();
    }
    int fixed = in.position() - start;
    int version = in.getShort() & 0xffff;
    if (version < OLDEST || version > NEWEST || length < LONGEST - fixed - 8 || length < 0) {
      throw new DwarfException(
          ".debug_info: a unit of version %d and %#x bytes at %#x".formatted(version, length, at));
    }
    boolean types = true;
    int addressBytes = 0;
    if (version == NEWEST) {
      int type = in.get() & 0xff;
      types = type == Dwarf.UT_COMPILE || type == Dwarf.UT_PARTIAL;
      addressBytes = in.get() & 0xff;
    }
    long abbreviations =
        offsetBytes == Long.BYTES ? in.getLong() : Integer.toUnsignedLong(in.getInt());
    if (version < NEWEST) {
      addressBytes = in.get() & 0xff;
    }
    if (addressBytes != Integer.BYTES && addressBytes != Long.BYTES) {
      throw new DwarfException(
          ".debug_info: addresses of %d bytes at %#x".formatted(addressBytes, at));
    }
    return new UnitHeader(
        length + fixed,
        version,
        offsetBytes,
        addressBytes,
        types,
        abbreviations,
        in.position() - start);
  }
}
