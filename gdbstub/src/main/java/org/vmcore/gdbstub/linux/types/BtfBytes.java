package org.vmcore.gdbstub.linux.types;

import org.vmcore.gdbstub.linux.types.TypeVisitor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The bytes of BTF, checked so far that every type lies within them:
 *
 * <pre>
 * header  { u16 magic; u8 version, flags; u32 hdr_len, type_off, type_len, str_off, str_len }
 *         { u32 layout_off, layout_len }     where hdr_len has room for it
 * types   { u32 name_off, info, size or type; what the kind adds }*    numbered from 1
 * strings NUL-terminated, the first empty
 * layout  { u8 info_sz, elem_sz; u16 flags }[kind]
 * </pre>
 *
 * Offsets count from the header's end. {@code info} is the flag in bit 31, the kind in bits 24 to
 * 30 and vlen in bits 0 to 23; once they were 24 to 28 and 0 to 15, and what lay between was 0. The
 * layout lets readers pass over kinds that are newer than they (Linux commit 222edc843c15, "btf:
 * Add BTF kind layout encoding to UAPI").
 */
final class BtfBytes {
  /** {@code btf_magic}, which tells the byte order too. */
  static final int MAGIC = 0xeb9f;

  static final int TYPE_BYTES = 12;

  private static final int HEADER_BYTES = 24;
  private static final int LAYOUT_AT = 24;
  private static final int HEADER_WITH_LAYOUT_BYTES = 32;
  private static final int LAYOUT_BYTES = 4;
  private static final int VERSION = 1;

  /** BTF_MAX_TYPE in include/uapi/linux/btf.h. */
  private static final int MAX_TYPES = 0xfffff;

  private final String source;
  private final byte[] array;
  private final ByteBuffer bytes;
  private final boolean little;
  private final int[] types;
  private final int strings;
  private final int stringsLength;

  /**
   * @param bytes the array with its byte order
   * @param types where each type starts, and where the last one ends
   */
  private BtfBytes(
      String source, byte[] array, ByteBuffer bytes, int[] types, int strings, int stringsLength) {
    this.source = source;
    this.array = array;
    this.bytes = bytes;
    this.little = bytes.order() == ByteOrder.LITTLE_ENDIAN;
    this.types = types;
    this.strings = strings;
    this.stringsLength = stringsLength;
  }

  static BtfBytes parse(String source, byte[] btf) throws BtfException {
    if (btf.length < HEADER_BYTES) {
      throw new BtfException(
          source, 0, "btf_header", "needs %d bytes, has %d".formatted(HEADER_BYTES, btf.length));
    }
    ByteBuffer bytes = ByteBuffer.wrap(btf).order(ByteOrder.LITTLE_ENDIAN);
    if ((bytes.getShort(0) & 0xffff) != MAGIC) {
      bytes.order(ByteOrder.BIG_ENDIAN);
    }
    if ((bytes.getShort(0) & 0xffff) != MAGIC) {
      throw new BtfException(source, 0, "magic", "%#x".formatted(bytes.getShort(0) & 0xffff));
    }
    if (bytes.get(2) != VERSION) {
      throw new BtfException(source, 2, "version", bytes.get(2) + ", known is only 1");
    }
    int header = bytes.getInt(4);
    if (header < HEADER_BYTES || header > btf.length) {
      throw new BtfException(source, 4, "hdr_len", Integer.toUnsignedString(header));
    }
    int typesAt = section(source, bytes, header, 8, "type_off");
    int stringsAt = section(source, bytes, header, 16, "str_off");
    int stringsLength = bytes.getInt(20);
    if (stringsLength > 0 && bytes.get(stringsAt + stringsLength - 1) != 0) {
      throw new BtfException(source, 20, "str_len", "the strings do not end with a NUL");
    }
    ByteBuffer layout = ByteBuffer.allocate(0);
    if (header >= HEADER_WITH_LAYOUT_BYTES) {
      int at = section(source, bytes, header, LAYOUT_AT, "layout_off");
      layout = bytes.slice(at, bytes.getInt(LAYOUT_AT + 4));
    }
    int[] types = types(source, bytes, typesAt, bytes.getInt(12), layout);
    return new BtfBytes(source, btf, bytes, types, stringsAt, stringsLength);
  }

  /** Where a section starts that lies within the bytes with its whole length. */
  private static int section(String source, ByteBuffer bytes, int header, int field, String name)
      throws BtfException {
    long start = header + Integer.toUnsignedLong(bytes.getInt(field));
    long length = Integer.toUnsignedLong(bytes.getInt(field + 4));
    if (start + length > bytes.limit()) {
      throw new BtfException(
          source,
          field,
          name,
          "%d bytes at %#x reach beyond the end at %#x".formatted(length, start, bytes.limit()));
    }
    return (int) start;
  }

  private static int[] types(
      String source, ByteBuffer bytes, int start, int length, ByteBuffer layout)
      throws BtfException {
    int[] types = new int[Math.min(length / TYPE_BYTES, MAX_TYPES) + 1];
    int count = 0;
    int at = start;
    while (at < start + length) {
      if (start + length - at < TYPE_BYTES || count == MAX_TYPES) {
        throw new BtfException(source, at, "btf_type", "type %d is cut off".formatted(count + 1));
      }
      types[count++] = at;
      int info = bytes.getInt(at + 4);
      long more = bytesAfter(info, layout);
      if (more < 0) {
        throw new BtfException(
            source, at, "kind", "%d of type %d is not known".formatted(kind(info), count));
      }
      if (more > start + length - at - TYPE_BYTES) {
        throw new BtfException(source, at, "vlen", "%d is too much".formatted(vlen(info)));
      }
      at += TYPE_BYTES + (int) more;
    }
    types[count] = at;
    return Arrays.copyOf(types, count + 1);
  }

  /** Bytes that follow a type, or -1 where nothing tells. */
  private static long bytesAfter(int info, ByteBuffer layout) {
    BtfKind kind = BtfKind.of(kind(info));
    if (kind != BtfKind.UNKNOWN && kind != BtfKind.VOID) {
      return kind.infoBytes() + (long) vlen(info) * kind.elementBytes();
    }
    int at = kind(info) * LAYOUT_BYTES;
    return kind == BtfKind.VOID || at + LAYOUT_BYTES > layout.limit()
        ? -1
        : (layout.get(at) & 0xff) + (long) vlen(info) * (layout.get(at + 1) & 0xff);
  }

  private static int kind(int info) {
    return info >>> 24 & 0x7f;
  }

  static int vlen(int info) {
    return info & 0xffffff;
  }

  static boolean flag(int info) {
    return info < 0;
  }

  String source() {
    return source;
  }

  /** Number of types; they are 0 to this here. */
  int count() {
    return types.length - 1;
  }

  BtfKind kindOf(int type) {
    return BtfKind.of(kind(word(types[type] + 4)));
  }

  /** Where a type starts. */
  int at(int type) {
    return types[type];
  }

  int vlen(BtfType type) {
    return vlen(type.info());
  }

  /** The head of a type. */
  record BtfType(int at, int name, int info, int sizeOrType) {
    boolean flag() {
      return BtfBytes.flag(info);
    }

    /** Where what follows it starts. */
    int end() {
      return at + TYPE_BYTES;
    }
  }

  BtfType head(int type) {
    int at = types[type];
    return new BtfType(at, bytes.getInt(at), bytes.getInt(at + 4), bytes.getInt(at + 8));
  }

  int word(int at) {
    // A buffer costs many times as much where code is not compiled yet.
    int word =
        (array[at] & 0xff)
            | (array[at + 1] & 0xff) << 8
            | (array[at + 2] & 0xff) << 16
            | array[at + 3] << 24;
    return little ? word : Integer.reverseBytes(word);
  }

  /** Hands all strings to a visitor. */
  int names(Object owner, TypeVisitor visitor) {
    return visitor.names(owner, array, strings, stringsLength);
  }

  int stringsLength() {
    return stringsLength;
  }

  /**
   * A string, in ISO-8859-1.
   *
   * @param offset in the strings; one beyond them is the empty string
   */
  String string(int offset) {
    int length = stringLength(offset);
    return length == 0 ? "" : new String(array, strings + offset, length, ISO_8859_1);
  }

  private int stringLength(int offset) {
    if (offset < 0 || offset >= stringsLength) {
      return 0;
    }
    int end = strings + offset;
    while (array[end] != 0) {
      end++;
    }
    return end - strings - offset;
  }

  /** The hash that a name of these bytes has in {@link #hash(byte[])}. */
  int stringHash(int offset) {
    int length = stringLength(offset);
    return length == 0 ? 0 : hash(array, strings + offset, length);
  }

  static int hash(byte[] name) {
    return hash(name, 0, name.length);
  }

  private static int hash(byte[] bytes, int start, int length) {
    int hash = 1;
    for (int i = start; i < start + length; i++) {
      hash = 31 * hash + bytes[i];
    }
    return hash * 0x9e3779b1;
  }
}
