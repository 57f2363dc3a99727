package org.vmcore.gdbstub.linux.types;

import org.vmcore.gdbstub.linux.types.Btf;
import org.vmcore.gdbstub.linux.types.BtfBytes;

/** Tells a visitor of the types in BTF, from bytes to bytes. See {@link BtfDecoder} for objects. */
final class BtfVisits {
  private static final int WORD = Integer.BYTES;

  private final Btf btf;
  private final BtfBytes bytes;
  private final BtfDecoder decoder;
  private final TypeVisitor visitor;
  private final int firstString;
  private final int baseNames;
  private final int ownNames;

  /**
   * @param baseNames the visitor's number of the first name of the base
   * @param ownNames of the first of this one's
   */
  BtfVisits(
      Btf btf,
      BtfBytes bytes,
      BtfDecoder decoder,
      TypeVisitor visitor,
      int firstString,
      int baseNames,
      int ownNames) {
    this.btf = btf;
    this.bytes = bytes;
    this.decoder = decoder;
    this.visitor = visitor;
    this.firstString = firstString;
    this.baseNames = baseNames;
    this.ownNames = ownNames;
  }

  private int name(int at) {
    int offset = bytes.word(at);
    if (offset == 0) {
      return 0;
    }
    if (Integer.compareUnsigned(offset, firstString) < 0) {
      return baseNames + offset;
    }
    int own = offset - firstString;
    return Integer.compareUnsigned(own, bytes.stringsLength()) < 0 ? ownNames + own : 0;
  }

  void visit(int index) {
    int at = bytes.at(index);
    int end = at + BtfBytes.TYPE_BYTES;
    int info = bytes.word(at + WORD);
    int target = bytes.word(at + 2 * WORD);
    switch (bytes.kindOf(index)) {
      case INT -> visitor.integer(name(at), (Type.Int) decoder.type(index));
      case FLOAT -> visitor.floating(name(at), BtfDecoder.size(target, BtfDecoder.MAX_INT_BYTES));
      case PTR -> visitor.pointer(target, decoder.pointerBytes());
      case ARRAY ->
          visitor.array(
              bytes.word(end),
              bytes.word(end + WORD),
              Integer.toUnsignedLong(bytes.word(end + 2 * WORD)));
      case STRUCT -> compound(at, info, Compound.Kind.STRUCT);
      case UNION -> compound(at, info, Compound.Kind.UNION);
      case ENUM -> enumeration(at, info, 2);
      case ENUM64 -> enumeration(at, info, 3);
      case FWD ->
          visitor.forward(
              BtfBytes.flag(info) ? Compound.Kind.UNION : Compound.Kind.STRUCT, name(at));
      case TYPEDEF -> visitor.typedef(name(at), target);
      case VOLATILE -> visitor.qualified(Type.Qualifier.VOLATILE, target);
      case CONST -> visitor.qualified(Type.Qualifier.CONST, target);
      case RESTRICT -> visitor.qualified(Type.Qualifier.RESTRICT, target);
      case FUNC_PROTO -> prototype(end, BtfBytes.vlen(info), target);
      case FUNC -> {
        if (btf.isPrototype(target)) {
          visitor.function(name(at), target);
        }
      }
      case VOID, VAR, DATASEC, DECL_TAG, TYPE_TAG, UNKNOWN -> {}
    }
  }

  private void compound(int at, int info, Compound.Kind kind) {
    visitor.compound(kind, name(at), Integer.toUnsignedLong(bytes.word(at + 2 * WORD)));
    int count = BtfBytes.vlen(info);
    boolean flag = BtfBytes.flag(info);
    for (int i = 0, m = at + BtfBytes.TYPE_BYTES; i < count; i++, m += 3 * WORD) {
      int type = bytes.word(m + WORD);
      long offset = Integer.toUnsignedLong(bytes.word(m + 2 * WORD));
      int odd = flag ? 0 : btf.oddBits(type);
      if (flag) {
        visitor.member(name(m), type, offset & 0xffffff, (int) (offset >>> 24));
      } else {
        visitor.member(name(m), type, offset + (odd >>> 16 & 0xff), odd & 0xff);
      }
    }
    visitor.end();
  }

  private void enumeration(int at, int info, int words) {
    int count = BtfBytes.vlen(info);
    boolean signed = BtfBytes.flag(info);
    int size = BtfDecoder.size(bytes.word(at + 2 * WORD), BtfDecoder.MAX_ENUM_BYTES);
    visitor.enumeration(name(at), size, signed, count == 0);
    for (int i = 0, e = at + BtfBytes.TYPE_BYTES; i < count; i++, e += words * WORD) {
      long value = bytes.word(e + WORD);
      if (words == 3) {
        value = (value & 0xffff_ffffL) | (long) bytes.word(e + 2 * WORD) << 32;
      } else if (!signed) {
        value &= 0xffff_ffffL;
      }
      visitor.enumerator(name(e), value);
    }
    if (count > 0) {
      visitor.end();
    }
  }

  private void prototype(int start, int count, int returns) {
    visitor.prototype(returns);
    for (int i = 0, p = start; i < Math.min(count, BtfDecoder.MAX_PARAMETERS); i++, p += 2 * WORD) {
      int type = bytes.word(p + WORD);
      if (i == count - 1 && type == 0 && bytes.word(p) == 0) {
        visitor.variadic();
      } else {
        visitor.parameter(name(p), type);
      }
    }
    visitor.end();
  }
}
