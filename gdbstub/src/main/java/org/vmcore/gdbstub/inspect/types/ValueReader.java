package org.vmcore.gdbstub.inspect.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmcore.gdbstub.linux.symbols.SymbolNames;
import org.vmcore.gdbstub.linux.types.Compound;
import org.vmcore.gdbstub.linux.types.KernelObject;
import org.vmcore.gdbstub.linux.types.KernelReadException;
import org.vmcore.gdbstub.linux.types.Member;
import org.vmcore.gdbstub.linux.types.Type;
import org.vmcore.gdbstub.linux.types.TypedMemory;

/** Reads what objects in memory hold. */
final class ValueReader {
  /** Of one array; more are left out. */
  private static final int MAX_ELEMENTS = 4096;

  /** Structs within structs; what is deeper is a circle. */
  private static final int MAX_DEPTH = 64;

  /** Longest string behind a pointer that is believed. */
  private static final int MAX_STRING = 4096;

  /** Of one object; the biggest of a kernel have fewer. */
  private static final int MAX_VALUES = 1 << 20;

  private final SymbolNames symbols;
  private int left;

  ValueReader(SymbolNames symbols) {
    this.symbols = symbols;
  }

  /** All of an object. */
  Value of(KernelObject object) throws KernelReadException {
    left = MAX_VALUES;
    return read(object, 0);
  }

  private Value read(KernelObject object, int depth) throws KernelReadException {
    Type type = object.type().resolved();
    if (depth > MAX_DEPTH || left-- <= 0) {
      return new Value.Unshown("...");
    } else if (type instanceof Compound compound) {
      return new Value.Struct(members(object, compound, depth));
    } else if (type instanceof Type.Array array) {
      return array(object, array, depth);
    } else if (type instanceof Type.Pointer pointer) {
      return pointer(object, pointer);
    } else if (type instanceof Type.Enumeration enumeration) {
      return new Value.Enumerator(Scalar.enumerator(enumeration, object.value()));
    } else if (type instanceof Type.Int integer) {
      return integer(object, integer);
    }
    boolean sized = object.type().size().isPresent();
    return new Value.Unshown(sized ? "<not shown>" : "<incomplete type>");
  }

  private List<Value.Member> members(KernelObject object, Compound compound, int depth)
      throws KernelReadException {
    List<Value.Member> members = new ArrayList<>();
    for (Member member : compound.members()) {
      if (!member.name().isEmpty()) {
        Value value = read(object.member(member.name()), depth + 1);
        members.add(new Value.Member(member.name(), value));
      } else if (member.type().get().resolved() instanceof Compound anonymous
          && depth < MAX_DEPTH) {
        // Its members are found in the object that it is in.
        members.add(new Value.Member("", new Value.Struct(members(object, anonymous, depth + 1))));
      }
    }
    return members;
  }

  private Value array(KernelObject object, Type.Array array, int depth) throws KernelReadException {
    Type element = array.element().get().resolved();
    int count = (int) Math.min(array.count(), MAX_ELEMENTS);
    if (count == 0) {
      return new Value.Endless(object.address());
    } else if (Scalar.isCharacter(element)) {
      return new Value.Characters(new String(object.bytes(count), ISO_8859_1), array.count());
    }
    List<Value> elements = new ArrayList<>();
    for (int i = 0; i < count && left > 0; i++) {
      elements.add(read(object.element(i), depth + 1));
    }
    return new Value.Elements(elements, array.count(), element instanceof Compound);
  }

  private Value pointer(KernelObject object, Type.Pointer pointer) throws KernelReadException {
    return pointer(object.memory(), pointer.target().get(), object.value());
  }

  /** A pointer that is in no object. */
  Value pointer(TypedMemory memory, Type target, long address) {
    if (address == 0) {
      return new Value.Pointer(0, Optional.empty(), Optional.empty(), false);
    } else if (!Scalar.isCharacter(target.resolved())) {
      Optional<String> symbol = Scalar.pointedAt(symbols, address).map(SymbolNames.Located::text);
      return new Value.Pointer(address, symbol, Optional.empty(), false);
    }
    byte[] text = memory.memory().upTo(address, MAX_STRING);
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    return text.length == 0
        ? new Value.Pointer(address, Optional.empty(), Optional.empty(), true)
        : new Value.Pointer(
            address, Optional.empty(), Optional.of(new String(text, 0, end, ISO_8859_1)), false);
  }

  private static Value integer(KernelObject object, Type.Int integer) throws KernelReadException {
    if (integer.bytes() > Long.BYTES) {
      BigInteger number = Scalar.unsigned(object.bytes(), object.memory().memory().byteOrder());
      return new Value.Whole(number, integer.bytes(), false);
    }
    long value = object.value();
    if (integer.encoding() == Type.Encoding.BOOLEAN && (value & ~1L) == 0) {
      return new Value.Flag(value == 1);
    }
    boolean signed = integer.encoding() == Type.Encoding.SIGNED || value >= 0;
    return new Value.Whole(
        signed ? BigInteger.valueOf(value) : new BigInteger(Long.toUnsignedString(value)),
        integer.bytes(),
        Scalar.isCharacter(integer));
  }
}
