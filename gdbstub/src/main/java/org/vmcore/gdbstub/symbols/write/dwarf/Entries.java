package org.vmcore.gdbstub.symbols.write.dwarf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.vmcore.gdbstub.symbols.write.elf.Bytes;
import org.vmcore.gdbstub.symbols.write.elf.StringPool;

/**
 * Writes debugging information entries (DWARF 4 standard, 7.5.3), one after the other: {@link
 * #begin}, attributes, and {@link #leaf} or {@link #open}, children, {@link #close}. Entries with
 * the same tag and attributes share an abbreviation.
 */
final class Entries {
  private static final int VERSION = 4;
  private static final int CHILDREN = 1;

  private final int addressBytes;
  private final Bytes info;
  private final Bytes abbreviations;
  private final Bytes ranges;
  private final StringPool strings = new StringPool();
  private final Map<ByteBuffer, Integer> codes = new HashMap<>();

  private final Bytes values;
  private final Bytes shape = new Bytes(ByteOrder.LITTLE_ENDIAN);
  private int tag;

  Entries(ByteOrder order, int addressBytes) {
    this.addressBytes = addressBytes;
    this.info = new Bytes(order);
    this.abbreviations = new Bytes(order);
    this.ranges = new Bytes(order);
    this.values = new Bytes(order);
  }

  /** Where in .debug_info the next entry starts. */
  int offset() {
    return info.size();
  }

  /** Starts a unit (7.5.1.1) and returns where its length is. */
  int beginUnit() {
    int at = info.size();
    info.u4(0).u2(VERSION).u4(0).u1(addressBytes);
    return at;
  }

  void endUnit(int lengthAt) {
    info.setU4(lengthAt, info.size() - lengthAt - Integer.BYTES);
  }

  Entries begin(int newTag) {
    tag = newTag;
    values.clear();
    shape.clear();
    return this;
  }

  private Bytes attribute(int attribute, int form) {
    shape.uleb(attribute).uleb(form);
    return values;
  }

  /** A name; left out where it is empty. */
  Entries name(String name) {
    return name.isEmpty() ? this : text(Dwarf.AT_NAME, name);
  }

  Entries text(int attribute, String text) {
    attribute(attribute, Dwarf.FORM_STRP).u4(strings.offset(text));
    return this;
  }

  Entries number(int attribute, long value) {
    if (value >= 0 && value <= 0xff) {
      attribute(attribute, Dwarf.FORM_DATA1).u1((int) value);
    } else {
      attribute(attribute, Dwarf.FORM_UDATA).uleb(value);
    }
    return this;
  }

  Entries signed(int attribute, long value) {
    attribute(attribute, Dwarf.FORM_SDATA).sleb(value);
    return this;
  }

  Entries unsigned(int attribute, long value) {
    attribute(attribute, Dwarf.FORM_UDATA).uleb(value);
    return this;
  }

  Entries flag(int attribute) {
    attribute(attribute, Dwarf.FORM_FLAG_PRESENT);
    return this;
  }

  Entries address(int attribute, long address) {
    attribute(attribute, Dwarf.FORM_ADDR).word(address, addressBytes);
    return this;
  }

  /**
   * Code in two pieces (2.17.3), in .debug_ranges: the base address 0, both with their ends, and an
   * end.
   */
  Entries ranges(long start, long end, long coldStart, long coldEnd) {
    attribute(Dwarf.AT_RANGES, Dwarf.FORM_SEC_OFFSET).u4(ranges.size());
    for (long address : new long[] {-1, 0, start, end, coldStart, coldEnd, 0, 0}) {
      ranges.word(address, addressBytes);
    }
    return this;
  }

  /** Where a variable is in memory (2.6). */
  Entries location(long address) {
    attribute(Dwarf.AT_LOCATION, Dwarf.FORM_EXPRLOC)
        .uleb(1 + addressBytes)
        .u1(Dwarf.OP_ADDR)
        .word(address, addressBytes);
    return this;
  }

  /**
   * The type; the last attribute of an entry, so that {@link #setReference} can fill it in.
   *
   * @param offset in .debug_info, or 0 when it is not known yet
   */
  Entries type(int offset) {
    attribute(Dwarf.AT_TYPE, Dwarf.FORM_REF_ADDR).u4(offset);
    return this;
  }

  /** Fills in the type of an entry, by what {@link #leaf} or {@link #open} returned. */
  void setReference(int end, int offset) {
    info.setU4(end - Integer.BYTES, offset);
  }

  /** Ends an entry that has no children, and returns where it ends. */
  int leaf() {
    return end(0);
  }

  /** Ends the attributes of an entry that has children, and returns where they end. */
  int open() {
    return end(CHILDREN);
  }

  void close() {
    info.u1(0);
  }

  private int end(int children) {
    shape.u1(tag).u1(children);
    byte[] key = shape.toArray();
    Integer code = codes.get(ByteBuffer.wrap(key));
    if (code == null) {
      code = codes.size() + 1;
      codes.put(ByteBuffer.wrap(key), code);
      abbreviations.uleb(code).uleb(tag).u1(children);
      abbreviations.bytes(Arrays.copyOf(key, key.length - 2)).u2(0);
    }
    info.uleb(code).bytes(values);
    return info.size();
  }

  byte[] info() {
    return info.toArray();
  }

  byte[] abbreviations() {
    return new Bytes(ByteOrder.LITTLE_ENDIAN).bytes(abbreviations).u1(0).toArray();
  }

  byte[] ranges() {
    return ranges.toArray();
  }

  byte[] strings() {
    return strings.toArray();
  }
}
