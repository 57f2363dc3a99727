package org.vmcore.gdbstub.linux.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmcore.arch.paging.Fault;
import org.vmcore.arch.paging.VirtualRead;
import org.vmcore.gdbstub.linux.types.KernelReadException.Reason;

/**
 * An object in the kernel's memory, with its type. Nothing is read before a value is asked for; a
 * struct is then read once, and its members are parts of it. For one thread.
 */
public final class KernelObject {
  /** Bigger structs are read member by member. */
  private static final int MAX_READ_AHEAD = 16 << 10;

  /** Longest string behind a {@code char *} that is believed. */
  private static final int MAX_STRING = 4096;

  /** Most {@link #elements} of one array. */
  private static final int MAX_ELEMENTS = 1 << 20;

  /** Longest {@link #bytes} of one object. */
  private static final int MAX_BYTES = 64 << 20;

  private final TypedMemory memory;
  private final Type type;
  private final long address;
  private final int bitShift;
  private final int bitWidth;
  private final @Nullable KernelObject parent;
  private final String label;

  private @Nullable Chunk chunk;
  private boolean triedChunk;

  /** Memory that was read. */
  private static final class Chunk {
    private final long address;
    private final byte[] bytes;

    Chunk(long address, byte[] bytes) {
      this.address = address;
      this.bytes = bytes;
    }

    boolean has(long at, int length) {
      long from = at - address;
      return from >= 0 && from <= bytes.length - length;
    }

    byte[] copy(long at, int length) {
      int from = (int) (at - address);
      return Arrays.copyOfRange(bytes, from, from + length);
    }
  }

  private KernelObject(
      TypedMemory memory,
      Type type,
      long address,
      int bitShift,
      int bitWidth,
      @Nullable KernelObject parent,
      String label,
      @Nullable Chunk chunk) {
    this.memory = memory;
    this.type = type;
    this.address = memory.memory().truncate(address);
    this.bitShift = bitShift;
    this.bitWidth = bitWidth;
    this.parent = parent;
    this.label = label;
    this.chunk = chunk;
  }

  static KernelObject at(TypedMemory memory, Type type, long address) {
    return new KernelObject(memory, type, address, 0, 0, null, "", null);
  }

  /** The memory that it is in. */
  public TypedMemory memory() {
    return memory;
  }

  /** As it was declared, with its typedefs and qualifiers. */
  public Type type() {
    return type;
  }

  /** Where it starts, or a bit-field's first byte. */
  public long address() {
    return address;
  }

  /** Whether its type has a member, written as for {@link Compound#path}. */
  public boolean has(String path) {
    return type.resolved() instanceof Compound compound && compound.has(path);
  }

  /**
   * A member, or what it leads to.
   *
   * @param path as for {@link Compound#path}
   * @throws KernelReadException when this kernel has no such member, or a pointer on the way is
   *     NULL or cannot be read
   */
  public KernelObject member(String path) throws KernelReadException {
    Optional<MemberPath> found =
        type.resolved() instanceof Compound compound ? compound.path(path) : Optional.empty();
    if (found.isEmpty()) {
      throw new KernelReadException(Reason.ABSENT, "%s has no member '%s'".formatted(this, path));
    }
    KernelObject object = this;
    boolean first = true;
    for (MemberPath.Step step : found.get().steps()) {
      if (!first) {
        object = object.dereference();
      }
      object = object.step(step, path);
      first = false;
    }
    return object;
  }

  private KernelObject step(MemberPath.Step step, String path) {
    readAhead();
    int shift = (int) (step.bitOffset() % Byte.SIZE);
    return new KernelObject(
        memory,
        step.type().get(),
        address + step.bitOffset() / Byte.SIZE,
        shift,
        step.bitWidth(),
        this,
        path,
        chunk);
  }

  /**
   * Its value as a number: of an integer, {@code bool}, {@code enum}, bit-field or pointer,
   * sign-extended where it is signed.
   *
   * @throws KernelReadException also when it is of another type, or wider than 8 bytes
   */
  public long value() throws KernelReadException {
    Type resolved = type.resolved();
    int size = (int) scalarSize(resolved);
    boolean signed =
        (resolved instanceof Type.Int integer && integer.encoding() == Type.Encoding.SIGNED)
            || (resolved instanceof Type.Enumeration enumeration && enumeration.signed());
    boolean big = memory.memory().byteOrder() == ByteOrder.BIG_ENDIAN;
    if (bitWidth == 0) {
      return extend(Scalars.unsigned(read(address, size), big), size * Byte.SIZE, signed);
    }
    int length = (bitShift + bitWidth + Byte.SIZE - 1) / Byte.SIZE;
    return extend(Scalars.bits(read(address, length), bitShift, bitWidth, big), bitWidth, signed);
  }

  private long scalarSize(Type resolved) throws KernelReadException {
    boolean scalar =
        resolved instanceof Type.Int
            || resolved instanceof Type.Enumeration
            || resolved instanceof Type.Pointer;
    OptionalLong size = resolved.size();
    if (!scalar || size.isEmpty() || size.getAsLong() > Long.BYTES || bitWidth > Long.SIZE) {
      throw new KernelReadException(Reason.ABSENT, this + " is not a number of up to 64 bits");
    }
    return size.getAsLong();
  }

  private static long extend(long value, int bits, boolean signed) {
    int unused = Long.SIZE - bits;
    return signed ? value << unused >> unused : value;
  }

  /** {@code member(path).value()}. */
  public long value(String path) throws KernelReadException {
    return member(path).value();
  }

  /**
   * What a pointer points to.
   *
   * @throws KernelReadException also when it is NULL
   */
  public KernelObject dereference() throws KernelReadException {
    if (!(type.resolved() instanceof Type.Pointer pointer)) {
      throw new KernelReadException(Reason.ABSENT, this + " is not a pointer");
    }
    long target = value();
    if (target == 0) {
      throw new KernelReadException(Reason.IMPLAUSIBLE, this + " is NULL");
    }
    return new KernelObject(memory, pointer.target().get(), target, 0, 0, this, "*", null);
  }

  /** Number of an array's elements; 0 also where the last member of a struct has any number. */
  public long length() throws KernelReadException {
    return array().count();
  }

  private Type.Array array() throws KernelReadException {
    if (!(type.resolved() instanceof Type.Array array)) {
      throw new KernelReadException(Reason.ABSENT, this + " is not an array");
    }
    return array;
  }

  /** An element of an array; what lies beyond an array without a number is believed to be there. */
  public KernelObject element(long index) throws KernelReadException {
    Type.Array array = array();
    OptionalLong size = array.element().get().size();
    if (index < 0 || (index >= array.count() && array.count() > 0) || size.isEmpty()) {
      throw new KernelReadException(
          Reason.IMPLAUSIBLE, "%s has no element %d".formatted(this, index));
    }
    readAhead();
    return new KernelObject(
        memory,
        array.element().get(),
        address + index * size.getAsLong(),
        0,
        0,
        this,
        "[" + index + "]",
        chunk);
  }

  /** All elements of an array. */
  public List<KernelObject> elements() throws KernelReadException {
    List<KernelObject> elements = new ArrayList<>();
    if (length() > MAX_ELEMENTS) {
      throw new KernelReadException(
          Reason.IMPLAUSIBLE, "%s has %d elements".formatted(this, length()));
    }
    for (long i = 0; i < length(); i++) {
      elements.add(element(i));
    }
    return elements;
  }

  /**
   * The text in a {@code char} array, up to its first NUL, or behind a {@code char *}; in
   * ISO-8859-1.
   */
  public String string() throws KernelReadException {
    byte[] text;
    if (type.resolved() instanceof Type.Array) {
      text = bytes();
    } else {
      KernelObject target = dereference();
      text = memory.memory().upTo(target.address, MAX_STRING);
      if (text.length == 0) {
        target.read(target.address, 1);
      }
    }
    int length = 0;
    while (length < text.length && text[length] != 0) {
      length++;
    }
    return new String(text, 0, length, ISO_8859_1);
  }

  /** {@code member(path).string()}. */
  public String string(String path) throws KernelReadException {
    return member(path).string();
  }

  /** All its bytes, in the order of memory. */
  public byte[] bytes() throws KernelReadException {
    long size = type.size().orElse(0);
    if (size > MAX_BYTES) {
      throw new KernelReadException(Reason.IMPLAUSIBLE, "%s has %d bytes".formatted(this, size));
    }
    return read(address, (int) size);
  }

  /**
   * Bytes from its start on, whatever its size.
   *
   * @param length 0 or more; what comes from the dump was checked
   */
  public byte[] bytes(int length) throws KernelReadException {
    return read(address, length);
  }

  /** The same memory as another type. */
  public KernelObject as(String type) throws KernelReadException {
    return new KernelObject(memory, memory.type(type), address, 0, 0, parent, label, chunk);
  }

  /** An object of the same type elsewhere, such as a CPU's copy of a per-CPU variable. */
  public KernelObject moved(long bytes) {
    return movedTo(address + bytes);
  }

  KernelObject movedTo(long newAddress) {
    return new KernelObject(memory, type, newAddress, 0, 0, null, "", null);
  }

  /** {@code container_of}: the object that has this one as its member. */
  public KernelObject containerOf(String type, String member) throws KernelReadException {
    OptionalLong offset =
        memory.types().compound(type).map(t -> t.offsetOf(member)).orElse(OptionalLong.empty());
    if (offset.isEmpty()) {
      throw new KernelReadException(Reason.ABSENT, "%s has no member '%s'".formatted(type, member));
    }
    return memory.object(type, address - offset.getAsLong());
  }

  /**
   * The entries of the list whose head this {@code struct list_head} is.
   *
   * @param type of the entries
   * @param member their {@code struct list_head}
   */
  public Walk list(String type, String member) throws KernelReadException {
    return Walks.list(memory, address, type, member);
  }

  /** The entries of the list whose head this {@code struct hlist_head} is. */
  public Walk hlist(String type, String member) throws KernelReadException {
    return Walks.hlist(memory, address, type, member);
  }

  /** The entries of the tree whose {@code struct rb_root} this is, in their order. */
  public Walk rbTree(String type, String member) throws KernelReadException {
    return Walks.rbTree(memory, address, type, member);
  }

  private void readAhead() {
    long size = type.size().orElse(0);
    if (!triedChunk
        && size <= MAX_READ_AHEAD
        && (chunk == null || !chunk.has(address, (int) size))) {
      triedChunk = true;
      byte[] bytes = memory.memory().upTo(address, (int) size);
      if (bytes.length > 0) {
        chunk = new Chunk(address, bytes);
      }
    }
  }

  private byte[] read(long at, int length) throws KernelReadException {
    if (chunk != null && chunk.has(at, length)) {
      return chunk.copy(at, length);
    }
    byte[] bytes = new byte[length];
    VirtualRead read = memory.memory().memory().read(at, bytes, 0, length);
    Fault fault = read.fault();
    if (fault != null) {
      throw new KernelReadException(Reason.UNREADABLE, this + ": " + fault.message());
    }
    return bytes;
  }

  /** How it was reached, with the address of the object it was reached from. */
  @Override
  public String toString() {
    if (parent == null) {
      return "%s at %#018x".formatted(TypeNames.of(type), address);
    }
    String separator = label.startsWith("[") || label.equals("*") ? "" : ".";
    return label.equals("*") ? parent + "->" : parent + separator + label;
  }
}
