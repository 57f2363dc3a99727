package org.vmcore.gdbstub.linux.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The types in BTF: of the kernel, or of a module on top of the kernel's ("split" BTF, whose
 * numbers of types and offsets of strings go on where the base's end; Linux commit 951bb64621b8,
 * "bpf: Add in-kernel split BTF support"). What is kept are the bytes and one number for each type;
 * types are made when they are asked for, and those of many parts kept.
 */
public final class Btf implements TypeTable {
  private final BtfBytes bytes;
  private final @Nullable Btf base;
  private final int firstId;
  private final int firstString;
  private final BtfDecoder decoder;
  private final Map<Integer, Type> kept = new ConcurrentHashMap<>();
  private @Nullable NameIndex names;
  private @Nullable List<Variable> variables;

  private Btf(BtfBytes bytes, @Nullable Btf base, int pointerBytes) {
    this.bytes = bytes;
    this.base = base;
    this.firstId = base == null ? 1 : base.endId();
    this.firstString = base == null ? 0 : base.endString();
    this.decoder = new BtfDecoder(this, bytes, pointerBytes);
  }

  /**
   * The kernel's BTF.
   *
   * @param source where the bytes came from, for messages
   * @param pointerBytes 4 or 8, which BTF does not tell
   */
  public static Btf parse(String source, byte[] btf, int pointerBytes) throws BtfException {
    return new Btf(BtfBytes.parse(source, btf), null, pointerBytes);
  }

  /** The BTF of a module of the kernel whose BTF this is. */
  public Btf parseModule(String source, byte[] btf) throws BtfException {
    return new Btf(BtfBytes.parse(source, btf), this, decoder.pointerBytes());
  }

  /** Where it came from. */
  public String source() {
    return bytes.source();
  }

  @Override
  public int firstId() {
    return firstId;
  }

  @Override
  public int endId() {
    return firstId + bytes.count();
  }

  private int endString() {
    return firstString + bytes.stringsLength();
  }

  @Override
  public Type type(int id) {
    if (id < firstId) {
      return base != null && id > 0 ? base.type(id) : new Type.VoidType();
    }
    if (id >= endId()) {
      return new Type.VoidType();
    }
    Type known = kept.get(id);
    if (known != null) {
      return known;
    }
    Type type = decoder.type(id - firstId);
    if (type instanceof Compound || type instanceof Type.Enumeration) {
      Type other = kept.putIfAbsent(id, type);
      return other == null ? type : other;
    }
    return type;
  }

  /** A string of this BTF or its base; 0, and an offset beyond them, is the empty string. */
  String string(int offset) {
    if (offset == 0) {
      return "";
    }
    return offset < firstString && base != null
        ? base.string(offset)
        : bytes.string(offset - firstString);
  }

  private int stringHash(int offset) {
    return offset < firstString && base != null
        ? base.stringHash(offset)
        : bytes.stringHash(offset - firstString);
  }

  @Override
  public List<TypeRef> named(Kind kind, String name) {
    List<TypeRef> found = new ArrayList<>(1);
    NameIndex index = names();
    for (int type = index.first(name); type >= 0; type = index.next(type)) {
      if (decoder.lookupKind(type) == kind && string(bytes.head(type).name()).equals(name)) {
        found.add(new TypeRef(this, firstId + type));
      }
    }
    return found;
  }

  private synchronized NameIndex names() {
    if (names == null) {
      names = new NameIndex();
    }
    return names;
  }

  @Override
  public IntConsumer visits(TypeVisitor visitor) {
    int baseNames = base == null ? 0 : base.bytes.names(base, visitor);
    int ownNames = bytes.names(this, visitor);
    BtfVisits own = new BtfVisits(this, bytes, decoder, visitor, firstString, baseNames, ownNames);
    if (base == null) {
      return id -> own.visit(id - firstId);
    }
    IntConsumer others = base.visits(visitor);
    return id -> {
      if (id < firstId) {
        others.accept(id);
      } else {
        own.visit(id - firstId);
      }
    };
  }

  /** Whether a number is that of what a function takes and returns. */
  boolean isPrototype(int id) {
    if (id < firstId) {
      return base != null && base.isPrototype(id);
    }
    return id < endId() && bytes.kindOf(id - firstId) == BtfKind.FUNC_PROTO;
  }

  @Override
  public int target(int reference) {
    int id = reference;
    for (int i = 0; i < Type.MAX_CHAIN; i++) {
      if (id < firstId) {
        return base != null && id > 0 ? base.target(id) : 0;
      }
      if (id >= endId()) {
        return 0;
      }
      switch (bytes.kindOf(id - firstId)) {
        case TYPE_TAG -> id = bytes.word(bytes.at(id - firstId) + 2 * Integer.BYTES);
        case VOID, FUNC, VAR, DATASEC, DECL_TAG, UNKNOWN -> {
          return 0;
        }
        default -> {
          return id;
        }
      }
    }
    return 0;
  }

  @Override
  public synchronized List<Variable> variables() {
    if (variables == null) {
      variables = List.copyOf(decoder.variables());
    }
    return variables;
  }

  /**
   * Of functions of one name, which different files may have, those that are alike count as one.
   */
  @Override
  public Optional<Type.Prototype> function(String name) {
    int hash = BtfBytes.hash(name.getBytes(ISO_8859_1));
    int prototype = 0;
    for (int i = 0; i < bytes.count(); i++) {
      if (bytes.kindOf(i) == BtfKind.FUNC) {
        BtfBytes.BtfType head = bytes.head(i);
        if (stringHash(head.name()) == hash && string(head.name()).equals(name)) {
          if (prototype != 0 && prototype != head.sizeOrType()) {
            return Optional.empty();
          }
          prototype = head.sizeOrType();
        }
      }
    }
    return type(prototype) instanceof Type.Prototype found ? Optional.of(found) : Optional.empty();
  }

  /**
   * BTF_INT_OFFSET and BTF_INT_BITS of an integer that does not fill its bytes; 0 for every other
   * type.
   */
  int oddBits(int id) {
    if (id < firstId) {
      return base != null && id > 0 ? base.oddBits(id) : 0;
    }
    return id < endId() ? decoder.oddBits(id - firstId) : 0;
  }

  /** Types by the hash of their names. */
  private final class NameIndex {
    private final int[] heads;
    private final int[] next = new int[bytes.count()];

    NameIndex() {
      heads = new int[Integer.highestOneBit(bytes.count() | 1) * 2];
      Arrays.fill(heads, -1);
      for (int i = bytes.count() - 1; i >= 0; i--) {
        int name = bytes.head(i).name();
        if (name != 0 && decoder.lookupKind(i) != null) {
          int slot = stringHash(name) & heads.length - 1;
          next[i] = heads[slot];
          heads[slot] = i;
        }
      }
    }

    /** The first candidate for a name, the lowest; negative when there is none. */
    int first(String name) {
      return heads[BtfBytes.hash(name.getBytes(ISO_8859_1)) & heads.length - 1];
    }

    int next(int candidate) {
      return next[candidate];
    }
  }
}
