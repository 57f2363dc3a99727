package org.vmcore.gdbstub.linux.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes BTF by hand, type after type, as the kernel's Documentation/bpf/btf.rst has it. */
public final class BtfWriter {
  private static final int INT = 1;
  private static final int PTR = 2;
  private static final int ARRAY = 3;
  private static final int STRUCT = 4;
  private static final int UNION = 5;
  private static final int ENUM = 6;
  private static final int FWD = 7;
  private static final int TYPEDEF = 8;
  private static final int VOLATILE = 9;
  private static final int CONST = 10;
  private static final int RESTRICT = 11;
  private static final int FUNC = 12;
  private static final int FUNC_PROTO = 13;
  private static final int VAR = 14;
  private static final int DATASEC = 15;
  private static final int FLOAT = 16;
  private static final int DECL_TAG = 17;
  private static final int TYPE_TAG = 18;
  private static final int ENUM64 = 19;
  private static final int SIGNED_32 = 1 << 24 | 32;

  private final ByteOrder order;
  private final ByteArrayOutputStream types = new ByteArrayOutputStream();
  private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
  private final int firstString;

  public BtfWriter(ByteOrder order) {
    this(order, 0);
    strings.write(0);
  }

  /**
   * @param firstString what offsets of strings start from: the length of the base's strings
   */
  public BtfWriter(ByteOrder order, int firstString) {
    this.order = order;
    this.firstString = firstString;
  }

  public int string(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    int offset = firstString + strings.size();
    strings.writeBytes(text.getBytes(ISO_8859_1));
    strings.write(0);
    return offset;
  }

  public int stringsLength() {
    return strings.size();
  }

  /**
   * @param flag kind_flag
   * @param sizeOrType what the third word is
   * @param more the words that follow
   */
  public BtfWriter type(
      int kind, boolean flag, String name, int vlen, int sizeOrType, int... more) {
    words(string(name), (flag ? 1 << 31 : 0) | kind << 24 | vlen, sizeOrType);
    words(more);
    return this;
  }

  private void words(int... words) {
    for (int word : words) {
      types.writeBytes(ByteBuffer.allocate(4).order(order).putInt(word).array());
    }
  }

  public byte[] bytes(int... layout) {
    int header = layout.length == 0 ? 24 : 32;
    int layoutBytes = layout.length * 4;
    ByteBuffer out =
        ByteBuffer.allocate(header + types.size() + strings.size() + layoutBytes).order(order);
    out.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(header);
    out.putInt(0).putInt(types.size()).putInt(types.size()).putInt(strings.size());
    if (layout.length > 0) {
      out.putInt(types.size() + strings.size()).putInt(layoutBytes);
    }
    out.put(types.toByteArray()).put(strings.toByteArray());
    for (int entry : layout) {
      out.put((byte) (entry >> 8)).put((byte) entry).putShort((short) 0);
    }
    return out.array();
  }

  /** Every kind once; the comment is the type's number. */
  public static BtfWriter everyKind(ByteOrder order) {
    BtfWriter btf = new BtfWriter(order);
    btf.type(INT, false, "int", 0, 4, SIGNED_32); // 1
    btf.type(PTR, false, "", 0, 4); // 2: struct node *
    btf.type(ARRAY, false, "", 0, 0, 1, 1, 3); // 3: int[3]
    btf.type( // 4: struct node
        STRUCT,
        true,
        "node",
        5,
        32,
        btf.string("next"),
        2,
        0,
        btf.string("values"),
        3,
        64,
        0, // anonymous
        5,
        160,
        btf.string("low"),
        1,
        3 << 24 | 192,
        btf.string("high"),
        1,
        5 << 24 | 195);
    btf.type(UNION, false, "", 1, 4, btf.string("inner"), 1, 0); // 5
    btf.type(ENUM, true, "sign", 2, 4, btf.string("MINUS"), -1, btf.string("PLUS"), 1); // 6
    btf.type(FWD, true, "later", 0, 0); // 7: union later
    btf.type(TYPEDEF, false, "node_t", 0, 9); // 8: volatile const struct node
    btf.type(VOLATILE, false, "", 0, 10); // 9
    btf.type(CONST, false, "", 0, 4); // 10
    btf.type(RESTRICT, false, "", 0, 2); // 11
    btf.type(FUNC_PROTO, false, "", 3, 1, btf.string("node"), 2, btf.string("n"), 1, 0, 0); // 12
    btf.type(FUNC, false, "walk", 1, 12); // 13: global
    btf.type(VAR, false, "nodes", 0, 4, 0); // 14: static
    btf.type(DATASEC, false, ".data..percpu", 1, 64, 14, 16, 32); // 15
    btf.type(FLOAT, false, "double", 0, 8); // 16
    btf.type(DECL_TAG, false, "tag", 0, 14, -1); // 17
    btf.type(TYPE_TAG, false, "user", 0, 4); // 18
    btf.type( // 19
        ENUM64, false, "flags", 2, 8, btf.string("ONE"), 1, 0, btf.string("TOP"), 1, 0x80000000);
    return btf;
  }
}
