package org.vmcore.gdbstub.linux.types;

/**
 * The kinds of BTF with what follows their {@code struct btf_type} (Linux include/uapi/linux/btf.h,
 * Documentation/bpf/btf.rst), in the order of their numbers from 0.
 */
enum BtfKind {
  VOID(0, 0),
  INT(4, 0),
  PTR(0, 0),
  ARRAY(12, 0),
  STRUCT(0, 12),
  UNION(0, 12),
  ENUM(0, 8),
  FWD(0, 0),
  TYPEDEF(0, 0),
  VOLATILE(0, 0),
  CONST(0, 0),
  RESTRICT(0, 0),
  FUNC(0, 0),
  FUNC_PROTO(0, 8),
  VAR(4, 0),
  DATASEC(0, 12),
  FLOAT(0, 0),
  DECL_TAG(4, 0),
  TYPE_TAG(0, 0),
  ENUM64(0, 12),
  /** One that this does not know, passed over by what the BTF itself says of its length. */
  UNKNOWN(0, 0);

  private static final BtfKind[] KINDS = values();

  private final int infoBytes;
  private final int elementBytes;

  BtfKind(int infoBytes, int elementBytes) {
    this.infoBytes = infoBytes;
    this.elementBytes = elementBytes;
  }

  static BtfKind of(int number) {
    return number < KINDS.length ? KINDS[number] : UNKNOWN;
  }

  /** Bytes that follow, once. */
  int infoBytes() {
    return infoBytes;
  }

  /** Bytes that follow for each of {@code vlen}. */
  int elementBytes() {
    return elementBytes;
  }
}
