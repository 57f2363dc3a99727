package org.vmcore.gdbstub.symbols.read;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.vmcore.gdbstub.symbols.dwarf.Dwarf;
import org.vmcore.gdbstub.symbols.read.Abbreviations.Abbreviation;

/**
 * A compilation unit (DWARF 5, section 7.5.1; versions 2 to 5, of 32 and 64 bits).
 *
 * <pre>
 * unit = u32 length | 0xffffffff u64 length, u16 version,
 *        version 5:  u8 type, u8 address_size, offset abbreviations
 *        before:     offset abbreviations, u8 address_size
 *        entry*
 * </pre>
 */
final class DwarfUnit {
  /** Deeper than entries nest; a guard against garbage. */
  private static final int MAX_DEPTH = 256;

  /** More of a name is not read. */
  private static final int LONGEST_NAME = 4096;

  private final long position;
  private final long start;
  private final Strings strings;
  private final Abbreviations abbreviations;
  private final ByteBuffer bytes;
  private final int version;
  private final int offsetBytes;
  private final int addressBytes;
  private final int firstEntry;
  private long stringOffsetsBase;

  /**
   * @param strings .debug_str
   * @param lineStrings .debug_line_str
   * @param offsets .debug_str_offsets
   * @param shared .debug_str of the file that this one shares entries with
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Strings(byte[] strings, byte[] lineStrings, byte[] offsets, byte[] shared) {}

  /**
   * @param position of the unit, see {@link DwarfFile}
   * @param start position of the start of .debug_info
   * @param unit its bytes, header included
   * @param header as {@link UnitHeader} read it
   */
  DwarfUnit(
      long position,
      long start,
      byte[] unit,
      ByteOrder order,
      UnitHeader header,
      Strings strings,
      Abbreviations abbreviations) {
    this.position = position;
    this.start = start;
    this.strings = strings;
    this.abbreviations = abbreviations;
    this.bytes = ByteBuffer.wrap(unit).order(order);
    this.version = header.version();
    this.offsetBytes = header.offsetBytes();
    this.addressBytes = header.addressBytes();
    this.firstEntry = header.length();
    // Where DW_AT_str_offsets_base is missing: after the header of the only table.
    this.stringOffsetsBase = offsetBytes == Integer.BYTES ? 8 : 16;
  }

  /** Of the unit. */
  long position() {
    return position;
  }

  /** What to call a place in messages. */
  private long offset(int at) {
    return position - start + at;
  }

  int size() {
    return bytes.capacity();
  }

  int addressBytes() {
    return addressBytes;
  }

  ByteOrder order() {
    return bytes.order();
  }

  /** The entry of the unit itself. */
  Die root() throws DwarfException {
    Die root = require(firstEntry);
    if (Die.has(root.attributes().stringOffsetsBase)) {
      stringOffsetsBase = root.attributes().stringOffsetsBase;
      return require(firstEntry);
    }
    return root;
  }

  /** The entry at an offset in this unit. */
  Die require(int at) throws DwarfException {
    Die die = entry(at);
    if (die == null) {
      throw new DwarfException(".debug_info has no entry at %#x".formatted(offset(at)));
    }
    return die;
  }

  /** The first child of an entry, or null. */
  @Nullable Die firstChild(Die parent) throws DwarfException {
    return parent.hasChildren() ? entry(parent.end()) : null;
  }

  /** The next child of the same parent, or null. */
  @Nullable Die nextSibling(Die die) throws DwarfException {
    return entry(endOf(die));
  }

  /** Where an entry ends with all below it. */
  private int endOf(Die die) throws DwarfException {
    if (!die.hasChildren()) {
      return die.end();
    }
    long sibling = die.attributes().sibling;
    if (Die.has(sibling) && sibling > die.offset() + position && sibling < position + size()) {
      return (int) (sibling - position);
    }
    int at = die.end();
    int depth = 1;
    while (depth > 0) {
      Die next = entry(at);
      if (next == null) {
        at = afterNull(at);
        depth--;
      } else {
        long skip = next.attributes().sibling;
        boolean skips = next.hasChildren() && Die.has(skip) && skip > next.offset() + position;
        at = skips ? (int) Math.min(skip - position, size()) : next.end();
        depth += next.hasChildren() && !skips ? 1 : 0;
      }
      if (depth > MAX_DEPTH) {
        throw new DwarfException(".debug_info nests too deep at %#x".formatted(offset(at)));
      }
    }
    return at;
  }

  private int afterNull(int at) throws DwarfException {
    if (at >= size()) {
      throw new DwarfException(".debug_info: the unit at %#x has no end".formatted(offset(0)));
    }
    return at + 1;
  }

  /** Null for the entry of zero that ends a list of children, and at the end of the unit. */
  private @Nullable Die entry(int at) throws DwarfException {
    if (at < firstEntry || at >= size()) {
      return null;
    }
    try {
      ByteBuffer in = bytes.duplicate().order(bytes.order()).position(at);
      long code = Leb128.unsigned(in);
      if (code == 0) {
        return null;
      }
      Abbreviation shape = abbreviations.get(code);
      if (shape == null) {
        throw new DwarfException(
            ".debug_info: no abbreviation %d at %#x".formatted(code, offset(at)));
      }
      Die.Attributes attributes = new Die.Attributes();
      for (int i = 0; i < shape.attributes().length; i++) {
        attribute(in, shape.attributes()[i], shape.forms()[i], shape.constants()[i], attributes);
      }
      return new Die(this, at, shape.tag(), shape.hasChildren(), in.position(), attributes);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new DwarfException(".debug_info: the entry at %#x is cut".formatted(offset(at)), e);
    }
  }

  private void attribute(
      ByteBuffer in, int attribute, int form, long constant, Die.Attributes attributes)
      throws DwarfException {
    switch (form) {
      case Dwarf.FORM_STRING -> {
        int text = in.position();
        while (in.get() != 0) {
          // Up to its end.
        }
        name(attribute, attributes, bytes.array(), text);
      }
      case Dwarf.FORM_STRP -> name(attribute, attributes, strings.strings(), offset(in));
      case Dwarf.FORM_LINE_STRP -> name(attribute, attributes, strings.lineStrings(), offset(in));
      case Dwarf.FORM_STRX -> indexed(attribute, attributes, Leb128.unsigned(in));
      case Dwarf.FORM_STRX1 -> indexed(attribute, attributes, in.get() & 0xff);
      case Dwarf.FORM_STRX2 -> indexed(attribute, attributes, in.getShort() & 0xffff);
      case Dwarf.FORM_STRX3 -> indexed(attribute, attributes, three(in));
      case Dwarf.FORM_STRX4 -> indexed(attribute, attributes, Integer.toUnsignedLong(in.getInt()));
      // Positions, whatever they count from in the file.
      case Dwarf.FORM_REF1 -> attributes.set(attribute, position + (in.get() & 0xff));
      case Dwarf.FORM_REF2 -> attributes.set(attribute, position + (in.getShort() & 0xffff));
      case Dwarf.FORM_REF4 ->
          attributes.set(attribute, position + Integer.toUnsignedLong(in.getInt()));
      case Dwarf.FORM_REF8 -> attributes.set(attribute, position + in.getLong());
      case Dwarf.FORM_REF_UDATA -> attributes.set(attribute, position + Leb128.unsigned(in));
      case Dwarf.FORM_REF_ADDR ->
          attributes.set(attribute, start + (version == 2 ? number(in, addressBytes) : offset(in)));
      case Dwarf.FORM_GNU_REF_ALT -> attributes.set(attribute, DwarfFile.SHARED + offset(in));
      case Dwarf.FORM_REF_SUP4 ->
          attributes.set(attribute, DwarfFile.SHARED + Integer.toUnsignedLong(in.getInt()));
      case Dwarf.FORM_REF_SUP8 -> attributes.set(attribute, DwarfFile.SHARED + in.getLong());
      case Dwarf.FORM_GNU_STRP_ALT, Dwarf.FORM_STRP_SUP ->
          name(attribute, attributes, strings.shared(), offset(in));
      case Dwarf.FORM_IMPLICIT_CONST -> attributes.set(attribute, constant);
      case Dwarf.FORM_FLAG_PRESENT -> attributes.set(attribute, 1);
      case Dwarf.FORM_FLAG, Dwarf.FORM_DATA1 -> attributes.set(attribute, in.get() & 0xff);
      case Dwarf.FORM_DATA2 -> attributes.set(attribute, in.getShort() & 0xffff);
      case Dwarf.FORM_DATA4 -> attributes.set(attribute, data4(attribute, in.getInt()));
      case Dwarf.FORM_DATA8 -> attributes.set(attribute, in.getLong());
      case Dwarf.FORM_SDATA -> attributes.set(attribute, Leb128.signed(in));
      case Dwarf.FORM_UDATA -> attributes.set(attribute, Leb128.unsigned(in));
      case Dwarf.FORM_SEC_OFFSET -> attributes.set(attribute, offset(in));
      case Dwarf.FORM_INDIRECT ->
          attribute(in, attribute, direct((int) Leb128.unsigned(in)), 0, attributes);
      default -> {
        int before = in.position();
        skip(in, form);
        if (attribute == Dwarf.AT_DATA_MEMBER_LOCATION) {
          attributes.set(attribute, location(before, form, in.position()));
        }
      }
    }
  }

  /** The form that stands in the entry itself. */
  private static int direct(int form) throws DwarfException {
    if (form == Dwarf.FORM_INDIRECT || form == Dwarf.FORM_IMPLICIT_CONST) {
      throw new DwarfException(".debug_info: an indirect form %#x".formatted(form));
    }
    return form;
  }

  /** DWARF 2 says where a member is by an expression: DW_OP_plus_uconst, and nothing else. */
  private long location(int start, int form, int end) {
    int length =
        switch (form) {
          case Dwarf.FORM_BLOCK1, Dwarf.FORM_BLOCK, Dwarf.FORM_EXPRLOC -> 1;
          case Dwarf.FORM_BLOCK2 -> 2;
          default -> 4;
        };
    ByteBuffer expression = bytes.duplicate().position(start + length).limit(end);
    boolean adds = expression.hasRemaining() && expression.get() == Dwarf.OP_PLUS_UCONST;
    return adds ? Leb128.unsigned(expression) : Die.Attributes.NONE;
  }

  /** Forms that no type needs. */
  private void skip(ByteBuffer in, int form) throws DwarfException {
    long length =
        switch (form) {
          case Dwarf.FORM_ADDR -> addressBytes;
          case Dwarf.FORM_ADDRX1 -> 1;
          case Dwarf.FORM_ADDRX2 -> 2;
          case Dwarf.FORM_ADDRX3 -> 3;
          case Dwarf.FORM_ADDRX4 -> 4;
          case Dwarf.FORM_REF_SIG8 -> 8;
          case Dwarf.FORM_DATA16 -> 16;
          case Dwarf.FORM_BLOCK1 -> in.get() & 0xff;
          case Dwarf.FORM_BLOCK2 -> in.getShort() & 0xffff;
          case Dwarf.FORM_BLOCK4 -> Integer.toUnsignedLong(in.getInt());
          case Dwarf.FORM_BLOCK, Dwarf.FORM_EXPRLOC -> Leb128.unsigned(in);
          case Dwarf.FORM_ADDRX, Dwarf.FORM_LOCLISTX, Dwarf.FORM_RNGLISTX -> {
            Leb128.unsigned(in);
            yield 0;
          }
          default -> throw new DwarfException(".debug_info: unknown form %#x".formatted(form));
        };
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    in.position(in.position() + (int) length);
  }

  private void indexed(int attribute, Die.Attributes attributes, long index) {
    long at = stringOffsetsBase + index * offsetBytes;
    if (attribute == Dwarf.AT_NAME
        && at >= 0
        && at <= (long) strings.offsets().length - offsetBytes) {
      ByteBuffer in = ByteBuffer.wrap(strings.offsets()).order(bytes.order()).position((int) at);
      name(attribute, attributes, strings.strings(), offset(in));
    }
  }

  private static void name(int attribute, Die.Attributes attributes, byte[] section, long start) {
    if (attribute != Dwarf.AT_NAME || start < 0 || start >= section.length) {
      return;
    }
    int end = (int) start;
    int last = (int) Math.min(section.length, start + LONGEST_NAME);
    while (end < last && section[end] != 0) {
      end++;
    }
    attributes.name = new String(section, (int) start, end - (int) start, UTF_8);
  }

  /** Older compilers write the bound of an array of no elements, -1, as if it had no sign. */
  private static long data4(int attribute, int value) {
    return attribute == Dwarf.AT_UPPER_BOUND ? value : Integer.toUnsignedLong(value);
  }

  private long offset(ByteBuffer in) {
    return number(in, offsetBytes);
  }

  private static long number(ByteBuffer in, int width) {
    return width == Long.BYTES ? in.getLong() : Integer.toUnsignedLong(in.getInt());
  }

  private static long three(ByteBuffer in) {
    int a = in.get() & 0xff;
    int b = in.get() & 0xff;
    int c = in.get() & 0xff;
    return in.order() == ByteOrder.LITTLE_ENDIAN ? a | b << 8 | c << 16 : a << 16 | b << 8 | c;
  }
}
